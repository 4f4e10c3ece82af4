import type { CorsOptions } from '@nestjs/common/internal';
import { readOrigins } from '../../config/origins.js';

const EXPOSED = [
  'x-request-id',
  'x-gateway-ignored',
  'x-gateway-warning',
  'x-gateway-token-count',
  'retry-after',
  'allow',
  'accept-encoding',
];
/** How long a browser may remember a preflight, seconds: what they take at most. */
const MAX_AGE = 7_200;

/** Any header may be sent, none is a secret: the key is looked at afterwards. */
export function corsOptions(list: string): CorsOptions {
  return { origin: readOrigins(list), exposedHeaders: EXPOSED, maxAge: MAX_AGE };
}
