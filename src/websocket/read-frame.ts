import { GatewayError, invalidRequest } from '../errors/gateway-error.js';
import { depthError } from '../http/json-body.js';
import type { Frame } from './frame-inbox.js';

/** A `response.create` frame. */
export interface TurnFrame {
  /** What would be the body of a POST, streamed. */
  body: Record<string, unknown>;
  /** false: a warm-up, which is taken note of and not answered by the model. */
  generate: boolean;
}

/**
 * Reads a frame of the client. `stream` may be there, as Codex sends it, and changes nothing: answers are events.
 *
 * @throws GatewayError (400) naming what is wrong
 */
export function readFrame(frame: Frame): TurnFrame {
  const { type, generate, stream_id: lane, ...body } = parseEvent(frame);
  if (type !== 'response.create') {
    throw invalidRequest('type', "Unknown event type: expected 'response.create'.");
  }
  if (lane !== undefined && lane !== null) {
    throw new GatewayError('unsupported_parameter', {
      param: 'stream_id',
      message:
        'One connection carries one conversation here: open another one instead of naming a stream_id.',
    });
  }
  if (generate !== undefined && generate !== null && typeof generate !== 'boolean') {
    throw invalidRequest('generate', "Invalid value for 'generate': expected a boolean.");
  }
  return { body: { ...body, stream: true }, generate: generate ?? true };
}

/** @throws GatewayError (400) when the frame is no JSON object, or nested too deep */
export function parseEvent({ data, isBinary }: Frame): Record<string, unknown> {
  if (isBinary) throw invalidRequest(null, 'Expected a text frame, got a binary one.');
  const event = parseObject(data.toString());
  const tooDeep = depthError(event);
  if (tooDeep) throw tooDeep;
  return event;
}

function parseObject(text: string): Record<string, unknown> {
  let event: unknown;
  try {
    event = JSON.parse(text);
  } catch (cause) {
    throw new GatewayError('invalid_json', { message: 'The frame is not valid JSON.', cause });
  }
  if (typeof event === 'object' && event !== null && !Array.isArray(event)) {
    return event as Record<string, unknown>;
  }
  throw invalidRequest(null, 'The frame must be a JSON object.');
}
