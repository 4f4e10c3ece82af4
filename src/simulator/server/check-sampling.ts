import type { SimulatorOptions } from '../simulator-options.js';
import { ApiError } from './api-error.js';
import type { Json } from './chat-request.js';
import { pythonFloat } from './python-json.js';

/**
 * LMDeploy's checks of values, which come after those of types.
 *
 * @throws ApiError with status 400
 */
export function checkSampling(body: Json, options: SimulatorOptions): void {
  const message = logprobsMessage(body, options) ?? samplingMessage(body) ?? lengthMessage(body);
  if (message !== undefined) throw ApiError.flat(400, message);
}

function logprobsMessage(body: Json, options: SimulatorOptions): string | undefined {
  const { logprobs = null, top_logprobs: top = null } = body;
  const wanted = logprobs === true || Number(top) > 0;
  const names = `logprobs(${python(logprobs)})/top_logprobs(${python(top)}) requested`;
  if (options.logprobsMode === 'none') {
    return wanted ? `L${names.slice(1)} but not enabled logprobs_mode in engine configuration` : undefined;
  }
  const invalid = Number(top) < 0 || (logprobs !== true && Number(top) > 0);
  return invalid ? `Invalid ${names} when logprobs_mode is enabled in engine configuration.` : undefined;
}

function samplingMessage(body: Json): string | undefined {
  const value = (field: string) => (typeof body[field] === 'number' ? body[field] : undefined);
  const [n, topP, topK, temperature] = ['n', 'top_p', 'top_k', 'temperature'].map(value);
  if (n !== undefined && n <= 0) return `The n ${n} must be a positive int.`;
  if (n !== undefined && n > 128) return `The n ${n} must be at most 128.`;
  if (topP !== undefined && !(topP > 0 && topP <= 1))
    return `The top_p ${pythonFloat(topP)} must be in (0, 1].`;
  if (topK !== undefined && topK < 0) return `The top_k ${topK} cannot be a negative integer.`;
  if (temperature === undefined || (temperature >= 0 && temperature <= 2)) return undefined;
  return `The temperature ${pythonFloat(temperature)} must be in [0, 2]`;
}

function lengthMessage(body: Json): string | undefined {
  const limit = body.max_completion_tokens ?? body.max_tokens;
  if (typeof limit !== 'number' || limit > 0) return undefined;
  return `The max_completion_tokens ${limit} must be a positive integer.`;
}

function python(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'number' ? String(value) : 'None';
}
