const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Tells whether a text can be the id of a user at all; what cannot is simply not found. */
export function isUserId(text: string): boolean {
  return UUID.test(text);
}
