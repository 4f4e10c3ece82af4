import { type Dispatcher, request } from 'undici';

const TIMEOUT_MS = 15_000;
/** What a receiver says is not read; a connection with more of it on the way is closed. */
const ANSWER_BYTES = 65_536;

/**
 * Sends an event, once, and follows no redirect.
 *
 * @returns the status
 * @throws Error when there was no answer, or not in time
 */
export async function postWebhook(
  url: string,
  body: string,
  headers: Record<string, string>,
  dispatcher: Dispatcher,
): Promise<number> {
  const answer = await request(url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json', 'user-agent': 'responses-gateway' },
    body,
    dispatcher,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  // The status has been said: whatever happens to the rest changes nothing.
  await answer.body.dump({ limit: ANSWER_BYTES }).catch(() => undefined);
  return answer.statusCode;
}
