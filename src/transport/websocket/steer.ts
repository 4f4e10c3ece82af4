import type { Frame } from './frame-inbox.js';
import { parseEvent } from './read-frame.js';

const STEER = 'response.steer';
/** Larger frames are not inspected here: they wait for their turn. */
const MAX_BYTES = 4_194_304;

/** A `response.steer` frame. */
export interface Steer {
  previousId: unknown;
  input: unknown;
}

/** What the connection knows of the responses that a client could mean. */
export interface KnownResponses {
  running: string | null;
  finished: string | undefined;
}

/** @returns null for any other frame, broken ones included */
export function readSteer(frame: Frame, maxValues: number): Steer | null {
  if (frame.isBinary || frame.data.length > MAX_BYTES || !frame.data.includes(STEER)) return null;
  try {
    const { type, previous_response_id: previousId, input } = parseEvent(frame, maxValues);
    return type === STEER ? { previousId, input } : null;
  } catch {
    return null;
  }
}

/** The event that refuses it: no response is steered here. */
export function steerFailed({ previousId, input }: Steer, known: KnownResponses, sequence: number): string {
  const [code, message] = reasonFor({ previousId, input }, known);
  return JSON.stringify({
    type: 'response.steer.failed',
    sequence_number: sequence,
    error: { type: 'invalid_request_error', code, message },
    steer: { previous_response_id: previousId, input },
  });
}

function reasonFor({ previousId, input }: Steer, { running, finished }: KnownResponses): [string, string] {
  if (typeof previousId !== 'string' || previousId === '' || !isInput(input)) {
    return ['invalid_input', 'Expected a previous_response_id and an input.'];
  }
  if (previousId === running) return ['steering_not_supported', 'Responses cannot be steered here.'];
  if (previousId === finished) return ['response_already_completed', `Response '${previousId}' is finished.`];
  return ['response_not_found', `Response with id '${previousId}' not found on this connection.`];
}

function isInput(input: unknown): boolean {
  return (typeof input === 'string' || Array.isArray(input)) && input.length > 0;
}
