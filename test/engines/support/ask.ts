import { postJson, postStream } from '../../support/http-client.js';
import { recordOf, type Json } from '../../support/json.js';
import { checkLifecycle, checkResponse, foldStream } from '../../support/lifecycle-oracle.js';

/** A finished answer that has passed the oracle. */
export interface Answer {
  response: Json;
  output: Json[];
  text: string;
  usage: Usage;
  headers: Record<string, unknown>;
}

export interface Usage {
  input_tokens: number;
  input_tokens_details: { cached_tokens: number };
  output_tokens: number;
  output_tokens_details: { reasoning_tokens: number };
  total_tokens: number;
}

/** How a turn may be asked for. */
export const WAYS = ['whole', 'streamed'] as const;

/** Asks for one answer and holds it to the rules of its way; a streamed one has to fold to the items of its end. */
export async function ask(url: string, body: Json, way: (typeof WAYS)[number] = 'whole'): Promise<Answer> {
  const path = `${url}/v1/responses`;
  if (way === 'whole') {
    const answer = await postJson(path, body);
    if (answer.status !== 200) throw new Error(`${answer.status}: ${answer.raw}`);
    checkResponse(answer.body);
    return answerOf(recordOf(answer.body), answer.headers);
  }
  const answer = await postStream(path, { ...body, stream: true });
  if (answer.status !== 200) throw new Error(`${answer.status}: ${answer.raw}`);
  checkLifecycle(answer.events);
  const { response } = recordOf(answer.events.at(-1)) as { response: Json };
  expect(foldStream(answer.events)).toEqual(response.output);
  return answerOf(response, answer.headers);
}

function answerOf(response: Json, headers: Record<string, unknown>): Answer {
  return {
    response,
    output: response.output as Json[],
    text: textOf(response),
    usage: response.usage as Usage,
    headers,
  };
}

/** All text of a response's messages. */
export function textOf(response: Json): string {
  const messages = (response.output as { type: string; content: { text?: string }[] }[]).filter(
    ({ type }) => type === 'message',
  );
  return messages.flatMap(({ content }) => content.map(({ text }) => text ?? '')).join('');
}
