import type { ChatPart } from '../../contracts/chat-completions.js';
import { GatewayError } from '../../errors/gateway-error.js';

type TextKind = 'text' | 'reasoning' | 'refusal';
type EmitText = (kind: TextKind, text: string) => void;

const REASONING_TYPES = new Set(['thinking', 'reasoning', 'reasoning_text', 'summary_text']);

/**
 * Reads a field of texts in any form that servers give it: a string, an object with a text, or a list of both, in their order. Parts
 * of other kinds, such as references, hold no text and are passed over.
 *
 * @param kind what a part is that does not say
 * @throws GatewayError when the field is none of these
 */
export function readTexts(value: unknown, kind: TextKind, emit: EmitText): void {
  if (value === undefined || value === null || value === '') return;
  if (typeof value === 'string') emit(kind, value);
  else if (Array.isArray(value)) for (const part of value) readTexts(part, kind, emit);
  else if (typeof value === 'object') readPart(value, kind, emit);
  else throw new GatewayError('upstream_protocol_error');
}

function readPart(part: ChatPart, kind: TextKind, emit: EmitText): void {
  if (typeof part.refusal === 'string') {
    readTexts(part.refusal, 'refusal', emit);
    return;
  }
  const { thinking, reasoning, text, content } = part;
  const isReasoning =
    thinking !== undefined || reasoning !== undefined || REASONING_TYPES.has(part.type ?? '');
  readTexts(thinking ?? reasoning ?? text ?? content, isReasoning ? 'reasoning' : kind, emit);
}
