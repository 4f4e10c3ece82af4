import { parseHostList } from '../../src/config/host-list.js';
import { MODEL_PRESETS, type ModelProfile } from '../../src/contracts/model-profile.js';
import type { ChatMessage } from '../../src/contracts/chat-completions.js';
import type { ResponseEvent } from '../../src/contracts/response-events.js';
import type { ResponseObject } from '../../src/contracts/responses-api.js';
import type { CreateResponseBody } from '../../src/contracts/responses-request.js';
import type { Envelopes } from '../../src/sealing/envelopes.js';
import { GatewayError } from '../../src/errors/gateway-error.js';
import type { MediaPolicy } from '../../src/translation/request/media/media-policy.js';
import {
  type TranslationContext,
  translateRequest,
  type TranslatedRequest,
} from '../../src/translation/request/translate-request.js';
import type { Segment, SegmentStage } from '../../src/translation/vocabulary/segment.js';
import { ResponseStream } from '../../src/translation/stream/response-stream.js';
import type { ReasoningOutput } from '../../src/translation/turn-plan.js';

/** The profile of LMDeploy with some capabilities changed. */
export function profileWith(changes: Partial<ModelProfile> = {}): ModelProfile {
  return { ...MODEL_PRESETS.lmdeploy, ...changes };
}

/** Envelopes that can be read: `sealed:<kind>:<payload>`. */
export const plainEnvelopes: Envelopes = {
  seal: (kind, payload) => `sealed:${kind}:${payload}`,
  open: (kind, text) => (text.startsWith(`sealed:${kind}:`) ? text.slice(`sealed:${kind}:`.length) : null),
};

/** Media of any public host, up to 1 kB. */
export const mediaPolicy: MediaPolicy = { hosts: parseHostList('*'), maxBytes: 1024 };

/** A function tool in the form of the Responses API. */
export function functionTool(name: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return { type: 'function', name, parameters: { type: 'object', properties: {} }, ...more };
}

/** Translates a request with fixed ids and times. Without an input it is `hi`. */
export function translate(
  body: CreateResponseBody,
  profile: Partial<ModelProfile> = {},
  context: Partial<TranslationContext> = {},
): TranslatedRequest {
  return translateRequest(
    { model: 'test-model', input: 'hi', ...body },
    {
      profile: profileWith(profile),
      upstreamModel: 'test-model',
      model: 'test-model',
      reasoningOutput: 'summary',
      responseId: 'resp_1',
      createdAt: 1_795_337_547,
      envelopes: plainEnvelopes,
      media: mediaPolicy,
      unknownFields: {},
      ...context,
    },
  );
}

/** The chat messages that an input becomes. */
export function messagesOf(input: unknown, profile: Partial<ModelProfile> = {}): ChatMessage[] {
  return translate({ input }, profile).chat.messages;
}

/** What a translation is refused with. Throws when it is not refused. */
export function refusalOf(act: () => unknown): {
  status: number;
  code: string;
  param: string | null;
  message: string;
} {
  try {
    act();
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    const { status, code, param, message } = error;
    return { status, code, param, message };
  }
  throw new Error('It was not refused.');
}

/** What a stage makes of these segments. */
export function passThrough(stage: SegmentStage, segments: readonly Segment[]): Segment[] {
  const passed: Segment[] = [];
  for (const segment of segments) {
    stage.pushSegment(segment, (next) => passed.push(next));
  }
  return passed;
}

/** The joined text of segments of one kind. */
export function joined(
  segments: readonly Segment[],
  kind: 'text' | 'reasoning' | 'refusal' = 'text',
): string {
  return segments.map((segment) => (segment.kind === kind ? segment.text : '')).join('');
}

/** Neighbouring fragments of the same text joined: what must not depend on how a text was cut. */
export function merged(segments: readonly Segment[]): Segment[] {
  const result: Segment[] = [];
  for (const segment of segments) {
    const last = result.at(-1);
    if (last?.kind === 'text' && segment.kind === 'text')
      result[result.length - 1] = { kind: 'text', text: last.text + segment.text };
    else if (
      last?.kind === 'call-arguments' &&
      segment.kind === 'call-arguments' &&
      last.call === segment.call
    )
      result[result.length - 1] = { ...last, text: last.text + segment.text };
    else result.push(segment);
  }
  return result;
}

/** A response object as it stands before the first item. */
export function skeleton(body: CreateResponseBody = {}): ResponseObject {
  return translate(body).response;
}

/** A response stream with counted ids and a fixed clock, and the events it has sent. */
export function openResponseStream(reasoningOutput: ReasoningOutput = 'summary'): {
  stream: ResponseStream;
  events: ResponseEvent[];
} {
  const events: ResponseEvent[] = [];
  let count = 0;
  const stream = new ResponseStream({
    response: skeleton(),
    reasoningOutput,
    nextId: (prefix) => `${prefix}_${++count}`,
    now: () => 1_795_337_549,
    emit: (event) => events.push(event),
  });
  return { stream, events };
}

/** All events of an answer of these segments: started, fed, ended. */
export function eventsOf(
  segments: readonly Segment[],
  reasoningOutput: ReasoningOutput = 'summary',
): ResponseEvent[] {
  const { stream, events } = openResponseStream(reasoningOutput);
  stream.start();
  for (const segment of segments) stream.pushSegment(segment);
  stream.end();
  return events;
}

/** The response of the last event. */
export function finalResponse(events: readonly ResponseEvent[]): ResponseObject {
  const last = events.at(-1);
  if (!last || !('response' in last)) throw new Error('There is no terminal event.');
  return last.response;
}
