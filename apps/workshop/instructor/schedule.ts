/** A line of a schedule. */
export interface Slot {
  /** Minutes after midnight. */
  readonly start: number;
  /** As it stands there: `12 Idempotency ★`, or what is no step. */
  readonly what: string;
  /** The number of the step; `undefined` for breaks and the like. */
  readonly step: number | undefined;
  readonly minutes: number;
}

/**
 * Reads a schedule from the guide: the table behind `<!-- schedule: name -->`.
 *
 * @throws {RangeError} When there is no such table, or a line of it is none.
 */
export function readSchedule(guide: string, name: string): readonly Slot[] {
  const [, behind] = guide.split(`<!-- schedule: ${name} -->\n`);
  if (behind === undefined) throw new RangeError(`The guide has no schedule "${name}".`);
  const [, , ...rows] = (behind.trimStart().split("\n\n")[0] ?? "").split("\n");
  return rows.map((row) => {
    const [, hours, minutes, what, duration] =
      /^\| (\d\d):(\d\d) \| (.+?) *\| (\d+) *\|$/.exec(row) ?? [];
    if (what === undefined) throw new RangeError(`This is no line of a schedule: ${row}`);
    const [, step] = /^(\d+) /.exec(what) ?? [];
    return {
      start: Number(hours) * 60 + Number(minutes),
      what,
      step: step === undefined ? undefined : Number(step),
      minutes: Number(duration),
    };
  });
}
