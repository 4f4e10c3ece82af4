const USABLE = /^[\w.:=+@-]{1,128}$/;
const SHOWN_LENGTH = 100;

/** Whether it can be the id of something stored: anything else is found nowhere, and the store need not be asked. */
export function isUsableId(id: unknown): id is string {
  return typeof id === 'string' && USABLE.test(id);
}

/** An id of a client, for a message. */
export function shownId(id: string): string {
  return id.length > SHOWN_LENGTH ? `${id.slice(0, SHOWN_LENGTH)}…` : id;
}
