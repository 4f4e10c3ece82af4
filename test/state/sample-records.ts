import type { OutputItem, ResponseObject, ResponseStatus } from '../../src/contracts/responses-api.js';
import { RandomIdGenerator } from '../../src/ids/random-id-generator.js';
import type { ResponseRecord } from '../../src/state/response-store.js';
import type { StoredItem } from '../../src/state/stored-item.js';

const ids = new RandomIdGenerator();

export const newId = (prefix: 'resp' | 'msg' | 'rs' | 'fc' | 'conv'): string => ids.next(prefix);

/** Unix time in seconds. */
export const nowInSeconds = (): number => Math.floor(Date.now() / 1_000);

export const userMessage = (text: string, id = newId('msg')): StoredItem => ({
  type: 'message',
  id,
  role: 'user',
  content: [{ type: 'input_text', text }],
});

export const answer = (text: string, id = newId('msg')): OutputItem => ({
  type: 'message',
  id,
  status: 'completed',
  role: 'assistant',
  content: [{ type: 'output_text', text, annotations: [], logprobs: [] }],
});

export const reasoning = (text: string, id = newId('rs')): OutputItem => ({
  type: 'reasoning',
  id,
  status: 'completed',
  summary: [],
  content: [{ type: 'reasoning_text', text }],
});

export const asStored = (item: OutputItem): StoredItem => item as unknown as StoredItem;

export const reference = (id: string): StoredItem => ({ type: 'item_reference', id });

export interface Sample {
  tenant?: string;
  id?: string;
  status?: ResponseStatus;
  previous?: string;
  conversation?: string;
  input?: StoredItem[];
  output?: OutputItem[];
  hidden?: ResponseRecord['hidden'];
  background?: boolean;
  expiresAt?: number;
  job?: string;
}

/** A response as it is kept; by default a completed one of one message and its answer. */
export function sampleRecord(sample: Sample = {}): ResponseRecord {
  const output = sample.output ?? [answer('Hello!')];
  return {
    tenant: sample.tenant ?? 'tenant',
    response: sampleResponse({ ...sample, output }),
    input: sample.input ?? [userMessage('Hi')],
    hidden: sample.hidden ?? [],
    streamed: false,
    expiresAt: sample.expiresAt ?? nowInSeconds() + 3_600,
    job: sample.job ?? null,
  };
}

export function sampleResponse(sample: Sample = {}): ResponseObject {
  const output = sample.output ?? [];
  const status = sample.status ?? 'completed';
  const texts = output.flatMap((item) =>
    item.type === 'message' ? item.content.map((part) => ('text' in part ? part.text : '')) : [],
  );
  const response = {
    id: sample.id ?? newId('resp'),
    object: 'response',
    created_at: nowInSeconds(),
    completed_at: status === 'completed' ? nowInSeconds() : null,
    status,
    incomplete_details: status === 'incomplete' ? { reason: 'max_output_tokens' } : null,
    error: status === 'failed' ? { code: 'server_error', message: 'It failed.' } : null,
    model: 'test-model',
    previous_response_id: sample.previous ?? null,
    conversation: sample.conversation === undefined ? null : { id: sample.conversation },
    instructions: 'Be kind.',
    output,
    output_text: texts.join(''),
    metadata: { topic: 'test' },
    background: sample.background ?? false,
    store: true,
    usage: null,
  };
  return response as unknown as ResponseObject;
}
