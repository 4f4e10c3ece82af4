import { createTestApp } from '../support/create-test-app.js';
import {
  CHAT_PATH,
  loadRecordings,
  type Recording,
  replay,
  type SplitMode,
  startFakeUpstream,
} from '../support/fake-upstream.js';
import { getJson, postJson, postStream } from '../support/http-client.js';
import { arrayOf, isRecord, recordOf, type Json } from '../support/json.js';
import { checkLifecycle, checkResponse, foldStream, normaliseIds } from '../support/lifecycle-oracle.js';
import { useGateway } from '../support/use-gateway.js';

/** Far more than it takes: the machine may be busy. */
const TIMEOUT_MS = 180_000;

interface Answered {
  status: 'completed' | 'incomplete' | 'failed';
  /** Type, status and text or arguments of each item. */
  items: [string, string, string][];
  tokens: [input: number, cached: number, output: number, reasoning: number] | null;
}

interface Refused {
  http: number;
  code: string;
  message: string;
  param: string | null;
}

type Expectation = Answered | Refused | 'not asked for';

const completed = (items: Answered['items'], tokens: Answered['tokens']): Answered => ({
  status: 'completed',
  items,
  tokens,
});
const say = (text: string): [string, string, string] => ['message', 'completed', text];
const call = (argumentsText: string): [string, string, string] => [
  'function_call',
  'completed',
  argumentsText,
];
const think = (text: string): [string, string, string] => ['reasoning', 'completed', text];
const refused = (http: number, code: string, message: string, param: string | null = null): Refused => ({
  http,
  code,
  message,
  param,
});

const LIMITED = '{"query": "lmdeploy", "limit": 3}';
const NEED_SEARCH = completed([think('need search'), call(LIMITED)], [12, 8, 20, 2]);
const PONG = completed([say('pong')], [12, 8, 1, 0]);
const RAW_CALL = `<tool_call>\n{"name": "search", "arguments": ${LIMITED}}\n</tool_call>`;
const NO_KEY = refused(502, 'upstream_unauthorized', "The model server refused the gateway's credentials.");

/** What a client of the gateway gets to see of each recording. */
const EXPECTED: Record<string, Expectation> = {
  'auth.health.open': 'not asked for',
  'auth.missing': NO_KEY,
  'auth.models.missing': NO_KEY,
  'auth.ok': PONG,
  content_parts: PONG,
  'err.badjson': refused(400, 'invalid_request', '1: JSON decode error'),
  'err.contenttype': refused(
    400,
    'invalid_request',
    "Unsupported Media Type: Only 'application/json' is allowed",
  ),
  'err.ctx.stream': refused(
    400,
    'context_length_exceeded',
    'Input length (40970) must be smaller than the model context length (32768).',
  ),
  'err.logprobs_off': refused(
    400,
    'invalid_request',
    'Logprobs(True)/top_logprobs(2) requested but not enabled logprobs_mode in engine configuration',
  ),
  'err.midstream': { status: 'failed', items: [['message', 'incomplete', 'hello world']], tokens: null },
  'err.model404': refused(
    404,
    'model_not_found',
    "The model 'nope' does not exist. Available models: test-model.",
    'model',
  ),
  'err.nomessages': refused(400, 'invalid_request', 'messages: Field required'),
  'err.reasoning_effort_minimal': refused(
    400,
    'invalid_request',
    "reasoning.effort: Input should be 'low', 'medium', 'high' or 'max'",
  ),
  'err.temperature': refused(400, 'invalid_request', 'The temperature 3.0 must be in [0, 2]'),
  'err.toolargs_history': refused(
    400,
    'invalid_request',
    'Tool call arguments contain invalid JSON at position 6 (line 1, column 7)',
  ),
  health: 'not asked for',
  'logprobs.json': PONG,
  models: 'not asked for',
  'plain.json': completed([say('pong is here')], [12, 8, 3, 0]),
  'plain.maxtokens': {
    status: 'incomplete',
    items: [['message', 'incomplete', 'one two']],
    tokens: [12, 8, 2, 0],
  },
  'plain.stream': completed([say('pong is here')], [12, 8, 3, 0]),
  'plain.string_messages': PONG,
  'reasoning.enable_thinking_false.json': PONG,
  'reasoning.json': completed([think('I should say pong.'), say('\n\npong')], [12, 8, 6, 4]),
  'reasoning.stream': completed([think('I should say pong.'), say('\n\npong')], [12, 8, 6, 4]),
  'response_format.bad': refused(
    400,
    'invalid_request',
    "text.format.type: Input should be 'text', 'json_object', 'json_schema' or 'regex_schema'",
  ),
  'response_format.regex': PONG,
  'tool.glm47.stream': completed([call(LIMITED)], [12, 8, 16, 0]),
  'tool.llama3.json': completed([call('{"query": "lmdeploy"}')], [12, 8, 12, 0]),
  'tool.llama3.stream': completed([call('{"query": "lmdeploy"}')], [12, 8, 12, 0]),
  'tool.noparser.400': refused(
    400,
    'invalid_request',
    'Please launch the api_server with --tool-call-parser if you want to use tools.',
  ),
  'tool.noparser.choice_none.json': completed([say(RAW_CALL)], [12, 8, 16, 0]),
  'tool.qwen3.json': NEED_SEARCH,
  'tool.qwen3.malformed.json': completed([say('<tool_call>\n{name: search}\n</tool_call>')], [12, 8, 6, 0]),
  'tool.qwen3.noargs.json': completed([call('{}')], [12, 8, 10, 0]),
  'tool.qwen3.noargs.stream': completed([call('{}')], [12, 8, 10, 0]),
  'tool.qwen3.stream': NEED_SEARCH,
  'tool.qwen3.truncated.stream': {
    status: 'incomplete',
    items: [['function_call', 'incomplete', '']],
    tokens: [12, 8, 10, 0],
  },
  'tool.qwen3.two.parallel_false.json': completed([call(LIMITED)], [12, 8, 33, 0]),
  'tool.qwen3.two.parallel_false.stream': completed([call(LIMITED)], [12, 8, 33, 0]),
  'tool.qwen3coder.stream': completed([call('{"query": "lmdeploy docs", "limit": 3}')], [12, 8, 23, 0]),
  unknown404: refused(502, 'upstream_protocol_error', 'Not Found'),
  unknown_field_ok: PONG,
};

const SPLITS: SplitMode[] = [
  'whole',
  'bytes',
  { seed: 1 },
  { seed: 2, max: 7 },
  { seed: 3, max: 200 },
  { seed: 4, max: 2000 },
];

const recordings = loadRecordings();
const named = (accepts: (recording: Recording) => boolean): [string, Recording][] =>
  recordings.filter(accepts).map((recording) => [recording.name, recording]);
const isAnswer = ({ name }: Recording) => isRecord(EXPECTED[name]) && 'items' in EXPECTED[name];
const isRefusal = ({ name }: Recording) => isRecord(EXPECTED[name]) && 'http' in EXPECTED[name];

/** The request of a recording as a client of the gateway would put it. */
function requestOf({ request }: Recording, stream: boolean): Json {
  const chat = recordOf(request.body);
  return {
    model: 'test-model',
    input: 'hi',
    stream,
    tools: chat.tools ?? null,
    tool_choice: chat.tool_choice ?? null,
    parallel_tool_calls: chat.parallel_tool_calls ?? null,
    top_logprobs: chat.top_logprobs ?? null,
  };
}

function summarise(response: unknown): Answered {
  const { status, output, usage } = recordOf(response);
  const counts = recordOf(usage);
  return {
    status: status as Answered['status'],
    items: arrayOf(output).map((item) => summariseItem(recordOf(item))),
    tokens:
      usage === null
        ? null
        : [
            Number(counts.input_tokens),
            Number(recordOf(counts.input_tokens_details).cached_tokens),
            Number(counts.output_tokens),
            Number(recordOf(counts.output_tokens_details).reasoning_tokens),
          ],
  };
}

function summariseItem(item: Json): [string, string, string] {
  const parts = [...arrayOf(item.summary), ...arrayOf(item.content)].map(recordOf);
  const text = parts.map((part) => String(part.text ?? part.refusal)).join('|');
  return [
    String(item.type),
    String(item.status),
    item.type === 'function_call' ? String(item.arguments) : text,
  ];
}

describe('the recordings of LMDeploy', () => {
  const { upstream, gateway } = useGateway();

  const stream = async (recording: Recording, split: SplitMode) => {
    upstream.reply({ ...replay(recording), split });
    return postStream(`${gateway.url}/v1/responses`, requestOf(recording, true));
  };
  const ask = async (recording: Recording, split: SplitMode) => {
    upstream.reply({ ...replay(recording), split });
    return postJson(`${gateway.url}/v1/responses`, requestOf(recording, false));
  };
  /** The response of the terminal event. */
  const streamed = async (recording: Recording, split: SplitMode = 'whole') => {
    const answer = await stream(recording, split);
    expect(answer).toMatchObject({ status: 200, done: true });
    checkLifecycle(answer.events);
    return { events: answer.events, response: recordOf(recordOf(answer.events.at(-1)).response) };
  };

  it('should each have an expectation', () => {
    expect(recordings.map(({ name }) => name).sort()).toEqual(Object.keys(EXPECTED).sort());
  });

  it.each(named(isAnswer))(
    'should be streamed as expected, however it was cut: %s',
    async (name, recording) => {
      const whole = await streamed(recording);
      expect(summarise(whole.response)).toEqual(EXPECTED[name]);
      expect(foldStream(whole.events)).toEqual(whole.response.output);
      for (const split of SPLITS) {
        const { events } = await streamed(recording, split);
        expect(normaliseIds(events)).toEqual(normaliseIds(whole.events));
      }
    },
    TIMEOUT_MS,
  );

  it.each(named(isAnswer))(
    'should be answered as expected, however it was cut: %s',
    async (name, recording) => {
      const expected = EXPECTED[name] as Answered;
      for (const split of SPLITS) {
        const { status, body } = await ask(recording, split);
        if (expected.status === 'failed') {
          expect({ status, body }).toMatchObject({
            status: 502,
            body: { error: { code: 'upstream_error' } },
          });
        } else {
          expect(status).toBe(200);
          checkResponse(body);
          expect(summarise(body)).toEqual(expected);
        }
      }
    },
    TIMEOUT_MS,
  );

  it.each(named((recording) => isAnswer(recording) && summariseStatus(recording) !== 'failed'))(
    'should be the same streamed and not: %s',
    async (_name, recording) => {
      const { response } = await streamed(recording);
      const { body } = await ask(recording, 'whole');
      expect(normaliseIds(body)).toEqual(normaliseIds(response));
    },
    TIMEOUT_MS,
  );

  it.each(named(isRefusal))(
    'should be refused as expected, streamed and not: %s',
    async (name, recording) => {
      const { http, code, message, param } = EXPECTED[name] as Refused;
      const isModels = recording.request.path === '/v1/models';
      for (const split of SPLITS) {
        for (const wantsStream of [true, false]) {
          upstream.reply({ ...replay(recording), split }, isModels ? '/v1/models' : CHAT_PATH);
          const request = { ...requestOf(recording, wantsStream), ...(isModels && { model: 'default' }) };
          const { status, body } = await postJson(`${gateway.url}/v1/responses`, request);
          expect(status).toBe(http);
          expect(body).toEqual({ error: { message, type: errorType(http), param, code } });
        }
      }
    },
    TIMEOUT_MS,
  );

  const pairs = named(
    (recording) =>
      recording.name.endsWith('.stream') && recordings.some(({ name }) => name === jsonName(recording)),
  );
  it.each(pairs)('should be the same whether LMDeploy streamed or not: %s', async (_name, recording) => {
    const other = recordings.find(({ name }) => name === jsonName(recording))!;
    const { response } = await streamed(recording);
    const { body } = await ask(other, 'whole');
    const comparable = (value: unknown) => {
      const { output, status, usage, output_text: text } = recordOf(value);
      return normaliseIds({ output, status, usage, text });
    };
    expect(comparable(body)).toEqual(comparable(response));
  });

  it('should have pairs to compare', () => {
    expect(pairs.map(([name]) => name)).toEqual([
      'plain.stream',
      'reasoning.stream',
      'tool.llama3.stream',
      'tool.qwen3.noargs.stream',
      'tool.qwen3.stream',
      'tool.qwen3.two.parallel_false.stream',
    ]);
  });

  it('should give the logprobs that were recorded', async () => {
    const recording = recordings.find(({ name }) => name === 'logprobs.json')!;
    const { response } = await streamed(recording);
    const entry = {
      token: 'pong',
      bytes: [112, 111, 110, 103],
      logprob: -0.1,
      top_logprobs: [{ token: 'alt', bytes: [97, 108, 116], logprob: -2.5 }],
    };
    expect(response.output).toMatchObject([{ content: [{ text: 'pong', logprobs: [entry] }] }]);
  });

  it('should read the calls of a server that does not', async () => {
    const parsing = await createTestApp({
      environment: { UPSTREAM_BASE_URL: upstream.url, TOOL_CALL_PARSER: 'qwen3' },
    });
    try {
      const recording = recordings.find(({ name }) => name === 'tool.noparser.choice_none.json')!;
      upstream.reply(replay(recording));
      const request = { ...requestOf(recording, false), tool_choice: 'auto' };
      const { body } = await postJson(`${parsing.url}/v1/responses`, request);
      expect(recordOf(body).output).toMatchObject([
        { type: 'function_call', name: 'search', status: 'completed' },
      ]);
      const [item] = arrayOf(recordOf(body).output).map(recordOf);
      expect(JSON.parse(String(item?.arguments))).toEqual({ query: 'lmdeploy', limit: 3 });
      expect(upstream.chats.at(-1)?.body).toMatchObject({ tool_choice: 'none', tools: [{}] });
    } finally {
      await parsing.close();
    }
  });

  it('should give the models that were recorded', async () => {
    const recording = recordings.find(({ name }) => name === 'models')!;
    const other = await startFakeUpstream(() => replay(recording));
    const listing = await createTestApp({ environment: { UPSTREAM_BASE_URL: other.url } });
    try {
      const { status, body } = await getJson(`${listing.url}/v1/models`);
      expect(status).toBe(200);
      expect(body).toMatchObject({ object: 'list', data: [{ id: 'Qwen/Qwen3-8B', object: 'model' }] });
    } finally {
      await listing.close();
      await other.close();
    }
  });

  function summariseStatus({ name }: Recording): string {
    return (EXPECTED[name] as Answered).status;
  }
});

function jsonName({ name }: Recording): string {
  return name.replace(/\.stream$/, '.json');
}

function errorType(status: number): string {
  if (status === 404) return 'not_found_error';
  return status < 500 ? 'invalid_request_error' : 'server_error';
}
