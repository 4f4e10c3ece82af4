import { ApiError } from './api-error.js';
import type { FieldError } from './field-errors.js';

/** Whether this LMDeploy still answers a failed validation as FastAPI does by itself. */
const isBefore016 = (version: string) => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major === 0 && minor < 16;
};

/** A body that fails its types: one flat 400, up to v0.15 a 422 with a list. */
export function validationError(errors: FieldError[], version: string): ApiError {
  if (isBefore016(version)) {
    const detail = errors.map(({ loc, msg }) => ({ type: 'value_error', loc: ['body', ...loc], msg }));
    return new ApiError(422, { detail });
  }
  const lines = errors.map(({ loc, msg }) => (loc.length > 0 ? `${loc.join('.')}: ${msg}` : msg));
  return ApiError.flat(400, lines.join('; '));
}
