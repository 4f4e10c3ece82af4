import { ValidateBy } from 'class-validator';
import { parseUrl } from './parse-url.js';

/** As browsers send it: scheme and host, a port where it is not the usual one. `null` is the one of local files. */
const ORIGIN = /^(?:\*|null|[a-z][a-z\d+.-]*:\/\/[^\s/?#@,]+)$/;

/** @returns the origins of a list, or `*` where any may be meant */
export function readOrigins(list: string): string[] | '*' {
  const origins = list
    .split(',')
    .map((origin) => asSent(origin.trim().toLowerCase().replace(/\/$/, '')))
    .filter((origin) => origin !== '');
  return origins.includes('*') ? '*' : origins;
}

/** A list of origins. */
export const IsOrigins = (): PropertyDecorator =>
  ValidateBy({
    name: 'isOrigins',
    validator: {
      validate: (value: unknown) => {
        const origins = typeof value === 'string' ? readOrigins(value) : [];
        return origins === '*' || (origins.length > 0 && origins.every((origin) => ORIGIN.test(origin)));
      },
      defaultMessage: () => 'must be origins, each like https://app.example:8443, separated by commas, or *',
    },
  });

/** Browsers leave out the usual port, and write names in punycode. Origins of other schemes stay as they are. */
function asSent(origin: string): string {
  const sent = ORIGIN.test(origin) ? parseUrl(origin)?.origin : undefined;
  return sent === undefined || sent === 'null' ? origin : sent;
}
