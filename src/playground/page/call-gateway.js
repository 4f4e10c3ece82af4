import { readEvents } from './read-events.js';

/** An error answer of the gateway, or none at all (status 0). */
export class GatewayFailure extends Error {
  /** @param {{ status: number, message: string, type?: string, code?: string, param?: string, requestId?: string }} failure */
  constructor({ message, ...details }) {
    super(message);
    Object.assign(this, details);
  }
}

/** @returns {Promise<string[]>} the names of the models */
export async function listModels(key) {
  const answer = await call('v1/models', { headers: headersFor(key) });
  const { data } = await answer.json();
  return data.map(({ id }) => id);
}

/**
 * Posts a request and hands out what comes back as it comes.
 *
 * @param {object} body of POST /v1/responses
 * @param {string} key empty: none
 * @param {AbortSignal} signal
 * @yields {object[]} events of a stream; of an answer that is not streamed one, with the response
 * @throws {GatewayFailure}
 */
export async function* createResponse(body, key, signal) {
  const answer = await call('v1/responses', {
    method: 'POST',
    headers: { ...headersFor(key), 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal,
  });
  if (body.stream) yield* readEvents(answer.body);
  else yield [await answer.json()];
}

function headersFor(key) {
  return key ? { authorization: `Bearer ${key}` } : {};
}

/** Addresses are relative to the page, so that a proxy may have it under a path of its own. */
async function call(path, options) {
  const answer = await fetch(path, options).catch((cause) => {
    if (cause.name === 'AbortError') throw cause;
    throw new GatewayFailure({ status: 0, message: 'The gateway cannot be reached.' });
  });
  if (!answer.ok) throw await readFailure(answer);
  return answer;
}

async function readFailure(answer) {
  const { error } = await answer.json().catch(() => ({}));
  const requestId = answer.headers.get('x-request-id') ?? undefined;
  const message = error?.message ?? `The answer has the status ${answer.status} and no error object.`;
  return new GatewayFailure({ ...error, status: answer.status, message, requestId });
}
