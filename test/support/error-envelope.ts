import type { JsonAnswer } from './http-client.js';

export interface ExpectedError {
  status: number;
  type: string;
  code: string;
  /** Default null. */
  param?: string | null;
  message?: string | RegExp;
}

/** Holds a whole answer to OpenAI's error envelope: exactly its four fields, as JSON, with a request id. */
export function expectEnvelope(
  answer: JsonAnswer,
  { status, type, code, param = null, message }: ExpectedError,
) {
  const { headers, body } = answer;
  expect(body).toEqual({ error: { message: expect.any(String) as string, type, param, code } });
  expect(answer.status).toBe(status);
  expect(headers['content-type']).toMatch(/^application\/json\b/);
  expect(headers['x-request-id']).toMatch(/^\S+$/);
  const text = (body as { error: { message: string } }).error.message;
  expect(text).not.toBe('');
  if (typeof message === 'string') expect(text).toBe(message);
  else if (message) expect(text).toMatch(message);
}
