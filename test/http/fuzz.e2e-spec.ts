import fc from 'fast-check';
import { checkAnyAnswer, checkRefusal } from '../support/any-answer.js';
import { checkChatRequest } from '../support/chat-rules.js';
import { createTestApp, type TestApp } from '../support/create-test-app.js';
import {
  CHAT_PATH,
  chatFrames,
  completion,
  chatStream,
  type FakeUpstream,
  rawText,
  type ScriptedAnswer,
  startFakeUpstream,
  streamError,
  toolCallStart,
} from '../support/fake-upstream.js';
import { postStream, type StreamAnswer } from '../support/http-client.js';
import { arrayOf, isRecord, recordOf, type Json } from '../support/json.js';
import { functionTool, mutationsOf, treacherousValue, VALID } from '../support/mutated-bodies.js';

/** Far more than it takes: the machine may be busy. */
const TIMEOUT_MS = 300_000;

const mutated = fc
  .tuple(mutationsOf(VALID.map((body) => ({ model: 'test-model', ...body }))), fc.boolean())
  .map(([body, stream]): Json => ({ ...body, stream }));

let upstream: FakeUpstream;
let gateway: TestApp;
let parsing: TestApp;

beforeAll(async () => {
  upstream = await startFakeUpstream((request) => {
    if (request.path !== CHAT_PATH) return undefined;
    return { body: answerTo(recordOf(request.body)) };
  });
  const environment = { UPSTREAM_BASE_URL: upstream.url };
  gateway = await createTestApp({ environment });
  parsing = await createTestApp({ environment: { ...environment, TOOL_CALL_PARSER: 'qwen3' } });
});

afterAll(async () => {
  await gateway.close();
  await parsing.close();
  await upstream.close();
});

/** Text, and a call where one is demanded. */
function answerTo({ stream, tool_choice: choice, tools }: Json): string {
  const isDemanded = choice === 'required' || isRecord(choice);
  const [tool] = isDemanded ? arrayOf(tools).map((one) => String(recordOf(recordOf(one).function).name)) : [];
  const calls = tool === undefined ? [] : [{ id: 'a', name: tool, arguments: '{"input":"x"}' }];
  if (stream !== true) return completion({ content: 'pong', toolCalls: calls });
  return chatStream(['po', 'ng', ...(tool === undefined ? [] : [toolCallStart(0, 'a', tool)])]);
}

const post = (body: unknown, target = gateway): Promise<StreamAnswer> =>
  postStream(`${target.url}/v1/responses`, body);

describe('any request', () => {
  it('should be accepted while it is valid, so that the mutations begin from there', async () => {
    for (const body of VALID) {
      const answer = await post({ model: 'test-model', ...body });
      expect(answer.status).toBe(200);
      checkAnyAnswer(answer);
      checkChatRequest(upstream.chats.at(-1)?.body);
    }
  });

  it(
    'should be answered or refused with its param when it is a valid one with mistakes',
    async () => {
      await fc.assert(
        fc.asyncProperty(mutated, async (body) => {
          const before = upstream.chats.length;
          const answer = await post(body);
          expect(answer.status).toBeLessThan(500);
          checkAnyAnswer(answer);
          if (answer.status === 200) checkChatRequest(upstream.chats.at(-1)?.body);
          else {
            expect(upstream.chats).toHaveLength(before);
            expect(recordOf(recordOf(answer.body).error).param).toEqual(expect.stringMatching(/^[a-z]/));
          }
        }),
        { numRuns: 600 },
      );
    },
    TIMEOUT_MS,
  );

  it(
    'should be refused when it is any other JSON',
    async () => {
      const body = fc.oneof(
        fc.jsonValue(),
        fc.record({ model: treacherousValue, input: treacherousValue }),
        fc.dictionary(fc.string(), treacherousValue),
      );
      await fc.assert(
        fc.asyncProperty(body, async (any) => {
          const answer = await post(JSON.stringify(any));
          expect(answer.status).toBeLessThan(500);
          checkAnyAnswer(answer);
          if (answer.status === 400 && isRecord(any))
            expect(recordOf(recordOf(answer.body).error).param).not.toBeNull();
        }),
        { numRuns: 200 },
      );
    },
    TIMEOUT_MS,
  );

  it(
    'should be refused when it is no JSON at all',
    async () => {
      const bytes = fc.uint8Array({ minLength: 1, maxLength: 60 }).map((one) => Buffer.from(one));
      const nearly = fc.tuple(fc.constantFrom(...VALID), fc.nat({ max: 400 })).map(([body, end]) => {
        const text = JSON.stringify({ model: 'test-model', ...body });
        return Buffer.from(text.slice(0, 1 + (end % (text.length - 1))));
      });
      await fc.assert(
        fc.asyncProperty(fc.oneof(bytes, nearly), async (body) => {
          const answer = await post(body);
          expect(answer.status).toBeGreaterThanOrEqual(400);
          expect(answer.status).toBeLessThan(500);
          checkRefusal(answer);
        }),
        { numRuns: 200 },
      );
    },
    TIMEOUT_MS,
  );
});

describe('any answer of a model server', () => {
  const text = fc.oneof(
    fc.constantFrom(
      '',
      'a',
      '\n',
      '😀',
      '<tool_call>',
      '{"name":"search","arguments":{}}',
      '</tool_call>',
      'EN',
      'D',
    ),
    fc.string({ unit: 'grapheme', maxLength: 5 }),
  );
  const call = fc.record(
    {
      index: fc.constantFrom<number | null>(0, 1, 2, null),
      id: fc.constantFrom<string | null>('a', 'b', '', null),
      function: fc.record(
        {
          name: fc.constantFrom<string | null>('search', 'patch', 'fly', '', null),
          arguments: fc.constantFrom<string | Json | null>(
            '{"q"',
            ':1}',
            '{}',
            '{"input":"x\\',
            'n"}',
            '',
            null,
            { q: 1 },
          ),
        },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: [] },
  );
  const delta = fc.record(
    {
      role: fc.constant('assistant'),
      content: fc.oneof(text, fc.constant(null)),
      reasoning_content: fc.oneof(text, fc.constant(null)),
      refusal: text,
      tool_calls: fc.array(call, { maxLength: 2 }),
    },
    { requiredKeys: [] },
  );
  const usage = fc.record(
    {
      prompt_tokens: fc.constantFrom(0, 3, -1, 1.5, null),
      completion_tokens: fc.constantFrom(0, 4, null),
      prompt_tokens_details: fc.constantFrom(null, {}, { cached_tokens: 99 }),
    },
    { requiredKeys: [] },
  );
  const json = (any: unknown) => rawText(`data: ${JSON.stringify(any)}\n\n`);
  const wrong = fc.constantFrom('x', 5, true, [], {}, [null], null);
  const piece = fc.oneof(
    { weight: 8, arbitrary: delta.map((one) => ({ delta: one })) },
    {
      weight: 2,
      arbitrary: fc
        .constantFrom('stop', 'length', 'tool_calls', 'content_filter')
        .map((finish) => ({ finish })),
    },
    { weight: 1, arbitrary: usage.map((one) => json({ choices: [], usage: one })) },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom(
          ': ping\n\n',
          'event: x\n\n',
          '\n',
          '\r\n\r\n',
          'data:\n\n',
          'nonsense\n',
          'data: {\n\n',
          'data: null\n\n',
          'data: []\n\n',
          'data: "x"\n\n',
          'data: [DONE]\n\n',
          '{"error_code":10402,"text":"x"}\n',
        )
        .map(rawText),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(streamError(), json({ error: null }), json({ error: 'x' }), json({})),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom('content', 'reasoning_content', 'refusal', 'tool_calls'), wrong)
        .map(([field, any]) => json({ choices: [{ index: 0, delta: { [field]: any } }] })),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom('choices', 'usage', 'error'), wrong)
        .map(([field, any]) => json({ choices: [], [field]: any })),
    },
    { weight: 1, arbitrary: fc.jsonValue().map(json) },
  );
  const ending = fc.constantFrom<ScriptedAnswer['end']>('end', 'end', 'destroy', 'reset');
  const request = fc.record<Json>({
    tools: fc.constantFrom([], [functionTool, { type: 'custom', name: 'patch' }]),
    parallel_tool_calls: fc.boolean(),
    stop: fc.constantFrom(null, 'END'),
    stream: fc.boolean(),
  });
  const target = fc.constantFrom(
    () => gateway,
    () => parsing,
  );

  const checkAnything = async (answer: ScriptedAnswer, body: Json, app: TestApp) => {
    upstream.reply(answer);
    const result = await post({ model: 'test-model', input: 'hi', ...body }, app);
    checkAnyAnswer(result);
    if (result.status !== 200) expect(result.status).toBeGreaterThanOrEqual(400);
  };

  it(
    'should give a correct stream or a proper error, whatever it streams, however it is cut',
    async () => {
      const streamed = fc.record({
        pieces: fc.array(piece, { maxLength: 12 }),
        finish: fc.constantFrom<string | null>('stop', null),
        done: fc.boolean(),
        cut: fc.oneof(fc.constant(Infinity), fc.nat({ max: 3000 })),
        seed: fc.integer(),
        max: fc.integer({ min: 1, max: 400 }),
        end: ending,
      });
      await fc.assert(
        fc.asyncProperty(
          streamed,
          request,
          target,
          async ({ pieces, finish, done, cut, seed, max, end }, body, app) => {
            const bytes = Buffer.from(chatFrames(pieces, { finish, done }).join('')).subarray(0, cut);
            const answer = {
              headers: { 'content-type': 'text/event-stream; charset=utf-8' },
              body: bytes,
              split: { seed, max },
              end,
            };
            await checkAnything(answer, body, app());
          },
        ),
        { numRuns: 400 },
      );
    },
    TIMEOUT_MS,
  );

  it(
    'should give a correct response or a proper error, whatever it answers at once',
    async () => {
      const message = delta.map((one) => ({ choices: [{ index: 0, message: one, finish_reason: 'stop' }] }));
      const content = fc.oneof(
        { weight: 3, arbitrary: message.map((one) => JSON.stringify(one)) },
        { weight: 1, arbitrary: fc.jsonValue().map((one) => JSON.stringify(one)) },
        {
          weight: 1,
          arbitrary: fc
            .tuple(fc.constantFrom('choices', 'usage', 'error'), wrong)
            .map(([field, any]) => JSON.stringify({ [field]: any })),
        },
        { weight: 1, arbitrary: fc.string() },
      );
      await fc.assert(
        fc.asyncProperty(content, request, target, async (text, body, app) => {
          await checkAnything({ headers: { 'content-type': 'application/json' }, body: text }, body, app());
        }),
        { numRuns: 200 },
      );
    },
    TIMEOUT_MS,
  );

  it(
    'should give a proper error, whatever status and body it refuses with',
    async () => {
      const status = fc.oneof(
        fc.constantFrom(400, 401, 403, 404, 409, 413, 422, 429, 500, 502, 503, 504),
        fc.integer({ min: 300, max: 599 }).filter((one) => one !== 304),
      );
      const content = fc.oneof(
        fc.jsonValue().map((one) => JSON.stringify(one)),
        fc
          .record(
            {
              message: treacherousValue,
              code: treacherousValue,
              param: treacherousValue,
              error: treacherousValue,
              detail: treacherousValue,
            },
            { requiredKeys: [] },
          )
          .map((one) => JSON.stringify(one)),
        fc.string(),
      );
      const retryAfter = fc.constantFrom<string | undefined>(undefined, '3', '-1', 'soon', '');
      await fc.assert(
        fc.asyncProperty(status, content, retryAfter, request, async (code, text, wait, body) => {
          upstream.reply({
            status: code,
            headers: {
              'content-type': 'application/json',
              ...(wait !== undefined && { 'retry-after': wait }),
            },
            body: text,
          });
          const answer = await post({ model: 'test-model', input: 'hi', ...body });
          expect(answer.status).toBeGreaterThanOrEqual(400);
          checkRefusal(answer);
          if (answer.headers['retry-after'] !== undefined)
            expect(answer.headers['retry-after']).toMatch(/^\d+$/);
        }),
        { numRuns: 200 },
      );
    },
    TIMEOUT_MS,
  );
});
