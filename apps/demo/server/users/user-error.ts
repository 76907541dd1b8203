type UserErrorCode = "USER_NOT_FOUND" | "USER_EXISTS";

const MESSAGES: Record<UserErrorCode, (userId: string) => string> = {
  USER_NOT_FOUND: (userId) => `User ${userId} not found`,
  USER_EXISTS: (userId) => `User ${userId} exists already`,
};

/** Reports what the users' own rules refuse. */
export class UserError extends Error {
  override readonly name = "UserError";
  readonly code: UserErrorCode;

  constructor(code: UserErrorCode, userId: string) {
    super(MESSAGES[code](userId));
    this.code = code;
  }
}
