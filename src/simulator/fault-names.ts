/** Statuses that a fault can be named after. */
export const STATUS_FAULTS = ['400', '401', '404', '408', '409', '429', '500', '502', '503', '504'] as const;

/** Faults in the way of an answer, for the header `x-sim-fault` and for FAILURE_TYPES. */
export const WIRE_FAULTS = [
  /** The socket is reset before a byte of the answer. */
  'reset',
  /** Never answers. */
  'hang',
  /** A proxy's HTML page with status 502. */
  'html',
  /** Status 200, and then nothing: the body ends at once. */
  'empty',
  /** The socket is destroyed in mid-stream. */
  'cut',
  /** Falls silent in mid-stream, the socket stays open. */
  'hang-midstream',
  /** The stream ends cleanly without finish_reason and without [DONE]. */
  'eof',
  /** LMDeploy's error line in the stream, then [DONE]. */
  'midstream',
  /** A data line that is not JSON, then the stream goes on. */
  'malformed',
  /** The error of `lmdeploy serve proxy`: a bare JSON line without "data:". */
  'proxy-error',
  /** A whole answer, only [DONE] is missing. */
  'no-done',
  /** A whole answer, every few bytes written on their own. */
  'split',
  /** A whole answer with CRLF line ends. */
  'crlf',
] as const;

/** Everything `x-sim-fault` understands. */
export type FaultName = (typeof STATUS_FAULTS)[number] | (typeof WIRE_FAULTS)[number];

/** The names llm-d's simulator uses for the same failures. */
const LLM_D_NAMES: ReadonlyMap<string, FaultName> = new Map([
  ['rate_limit', '429'],
  ['invalid_api_key', '401'],
  ['context_length', '400'],
  ['server_error', '500'],
  ['invalid_request', '400'],
  ['model_not_found', '404'],
]);

/** The fault with this name, or undefined. */
export function findFault(name: string): FaultName | undefined {
  const known = [...STATUS_FAULTS, ...WIRE_FAULTS].find((fault) => fault === name);
  return known ?? LLM_D_NAMES.get(name);
}
