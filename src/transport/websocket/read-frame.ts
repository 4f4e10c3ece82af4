import { mendSurrogates } from '../../contracts/mend-surrogates.js';
import { isObject } from '../../contracts/raw-object.js';
import { GatewayError, invalidRequest } from '../../errors/gateway-error.js';
import { BodyMeter } from '../http/body/body-meter.js';
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
 * @param maxValues JSON values it may hold
 * @throws GatewayError (400, 413) naming what is wrong
 */
export function readFrame(frame: Frame, maxValues: number): TurnFrame {
  const { type, generate, stream_id: lane, ...body } = parseEvent(frame, maxValues);
  if (type !== 'response.create') {
    throw invalidRequest('type', "Unknown event type: expected 'response.create'.");
  }
  if (lane !== undefined && lane !== null) {
    throw new GatewayError('unsupported_parameter', {
      param: 'stream_id',
      message: 'stream_id is not supported: open another connection for a parallel conversation.',
    });
  }
  if (generate !== undefined && generate !== null && typeof generate !== 'boolean') {
    throw invalidRequest('generate', "Invalid value for 'generate': expected a boolean.");
  }
  // A literal that begins with a spread has a hidden class of its own each time; Object.assign takes __proto__ for a prototype.
  const streamed = { stream: true, ...body };
  streamed.stream = true;
  return { body: streamed, generate: generate ?? true };
}

/** @throws GatewayError (400, 413) when the frame is no JSON object, nested too deep or of too many values */
export function parseEvent({ data, isBinary }: Frame, maxValues: number): Record<string, unknown> {
  if (isBinary) throw invalidRequest(null, 'Expected a text frame, got a binary one.');
  new BodyMeter(maxValues).add(data);
  return parseObject(data.toString());
}

function parseObject(text: string): Record<string, unknown> {
  let event: unknown;
  try {
    event = JSON.parse(mendSurrogates(text));
  } catch (cause) {
    throw new GatewayError('invalid_json', { message: 'The frame is not valid JSON.', cause });
  }
  if (isObject(event)) return event;
  throw invalidRequest(null, 'The frame must be a JSON object.');
}
