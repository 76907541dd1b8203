/** How many commands a burst may have, and how many projections may be applied inline. */
export const LEAST_COMMANDS = 10;
export const MOST_COMMANDS = 5_000;
export const MOST_INLINE = 5;
