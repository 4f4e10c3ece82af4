import type { JsonAnswer, StreamAnswer } from './http-client.js';
import { isString, type Json, recordOf } from './json.js';
import { checkLifecycle, checkResponse } from './lifecycle-oracle.js';

/** A refusal says what OpenAI's would, and nothing of the gateway's inside. @returns its error */
export function checkRefusal({ status, body, raw }: JsonAnswer): Json {
  const error = recordOf(recordOf(body).error);
  expect(Object.keys(recordOf(body))).toEqual(['error']);
  expect(Object.keys(error).sort()).toEqual(['code', 'message', 'param', 'type']);
  expect({ status, code: typeof error.code, type: typeof error.type }).toEqual({
    status,
    code: 'string',
    type: 'string',
  });
  expect(isString(error.message) && error.message !== '').toBe(true);
  expect(raw).not.toMatch(/node_modules|\bat [\w.]+ \(|TypeError|127\.0\.0\.1/);
  return error;
}

/** An answer is either right or a proper refusal. */
export function checkAnyAnswer(answer: StreamAnswer): void {
  if (answer.status !== 200) {
    checkRefusal(answer);
    return;
  }
  // The published schema is left out: it has its own view of values that are merely echoed.
  const options = { schema: false, allowInvalidArguments: true, allowQueued: true };
  if (answer.events.length > 0) {
    expect(answer.done).toBe(true);
    checkLifecycle(answer.events, options);
  } else if (recordOf(answer.body).status !== 'queued') {
    checkResponse(answer.body, options);
  }
}
