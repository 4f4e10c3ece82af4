/**
 * What stops the start because of settings.
 *
 * @param faults one each, such as `PORT=http: must be a whole number`; may go on over further lines
 */
export function invalidEnvironment(...faults: string[]): Error {
  return new Error(['Invalid environment:', ...faults].join('\n').replaceAll('\n', '\n  '));
}
