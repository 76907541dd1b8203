const PATHS = {
  add: "M8 3v10M3 8h10",
  rename: "M3 13l.7-3.2 7-7 2.5 2.5-7 7zM9.2 4.2l2.5 2.5",
  remove: "M4 4l8 8M12 4l-8 8",
  history: "M2.5 8a5.5 5.5 0 1 0 1.8-4.1M2.5 2.5v3h3M8 5v3.2l2.2 1.4",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  resume: "M5 3l8 5-8 5z",
  crash: "M9 1.5L4 9h3.5L7 14.5 12 7H8.5z",
  rebuild: "M13 8A5 5 0 1 1 11.5 4.4M13.5 2v3.2h-3.2",
  sun: "M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6M8 1v1.6M8 13.4V15M1 8h1.6M13.4 8H15M3 3l1.2 1.2M11.8 11.8L13 13M3 13l1.2-1.2M11.8 4.2L13 3",
  moon: "M13.5 9.6A6 6 0 1 1 6.4 2.5a4.8 4.8 0 0 0 7.1 7.1z",
  older: "M6 3l5 5-5 5",
  newer: "M10 3L5 8l5 5",
  check: "M3 8.5l3.5 3.5L13 4.5",
  swap: "M5 13V3M2.5 5.5L5 3l2.5 2.5M11 3v10M8.5 10.5L11 13l2.5-2.5",
  example: "M8 2l1.5 4L13.5 8l-4 1.5L8 13.5 6.5 9.5 2.5 8l4-2z",
} as const;

export type IconName = keyof typeof PATHS;

/** Draws a line icon in the colour and size of the text around it. Words beside it carry the meaning. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
