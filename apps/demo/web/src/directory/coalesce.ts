/**
 * Makes a function that does its work at once, or once more after the work under way: however often it is called, the
 * last call is followed by a whole run, and no run is cut short.
 *
 * @param rest - What to wait for between two runs, so that a flood of calls leaves room for others.
 */
export function coalesce(work: () => Promise<unknown>, rest: () => Promise<void>): () => void {
  let running = false;
  let again = false;
  return function coalesced() {
    again = true;
    if (!running) void run();
  };

  async function run(): Promise<void> {
    running = true;
    while (again) {
      again = false;
      await work().catch(() => {}); // whoever does the work shows what went wrong
      await rest();
    }
    running = false;
  }
}
