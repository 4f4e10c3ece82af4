const PRINTABLE = /^[\w.-]{1,48}$/;

/** A name of the client's for a header or a note; what no API would call a type is not repeated. */
export function printableName(name: string): string {
  return PRINTABLE.test(name) ? name : 'unknown';
}
