import type { ResponseEvent } from '../../src/contracts/response-events.js';
import type { ResponseObject } from '../../src/contracts/responses-api.js';
import { postJson, postStream } from './http-client.js';
import { checkLifecycle, checkResponse } from './lifecycle-oracle.js';

/** The events of a streamed answer, and the response that it ends with. */
export async function streamAnswer(
  url: string,
  body: object,
): Promise<{ events: ResponseEvent[]; response: ResponseObject }> {
  const { events } = await postStream(url, { ...body, stream: true });
  checkLifecycle(events);
  const last = events.at(-1);
  if (!last || !('response' in last)) throw new Error('no terminal event');
  return { events, response: last.response };
}

/** An answer that is not streamed. */
export async function createAnswer(url: string, body: object): Promise<ResponseObject> {
  const answer = await postJson(url, body);
  if (answer.status !== 200) throw new Error(`${answer.status}: ${answer.raw}`);
  checkResponse(answer.body);
  return answer.body as ResponseObject;
}

/** The types of its items. */
export function kindsOf({ output }: ResponseObject): string[] {
  return output.map(({ type }) => type);
}
