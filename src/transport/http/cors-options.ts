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
/** How long browsers may cache a preflight response, seconds: the maximum that they accept. */
const MAX_AGE = 7_200;

/** Any header may be sent: authentication comes after CORS. */
export function corsOptions(list: string): CorsOptions {
  return { origin: readOrigins(list), exposedHeaders: EXPOSED, maxAge: MAX_AGE };
}
