/** Makes a function that lets acts take turns: each begins when the one before has ended, well or badly. */
export function createTurns(): <T>(act: () => T | Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return function inTurn<T>(act: () => T | Promise<T>): Promise<T> {
    const turn = last.then(act);
    last = turn.catch(() => {}); // whoever asked for it hears of it
    return turn;
  };
}
