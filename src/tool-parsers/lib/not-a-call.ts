class NotACall extends Error {
  constructor() {
    super('This text is not a call.');
  }
}

/**
 * Thrown by readers that meet what a call cannot hold, and at the end of a text that stops within one. One object for all, since
 * a text may hold a million false starts and a stack trace for each would cost more than reading it.
 * @public
 */
export const NOT_A_CALL = new NotACall();
