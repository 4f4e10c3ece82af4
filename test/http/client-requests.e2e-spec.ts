import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { checkChatRequest } from '../support/chat-rules.js';
import {
  chatStream,
  completion,
  reasoningDelta,
  toolArguments,
  toolCallStart,
  type UpstreamRequest,
} from '../support/fake-upstream.js';
import { getJson, postJson, postStream } from '../support/http-client.js';
import { arrayOf, isRecord, recordOf, type Json } from '../support/json.js';
import { checkLifecycle, checkResponse } from '../support/lifecycle-oracle.js';
import { useGateway } from '../support/use-gateway.js';

/** Requests of real clients, recorded; they are not part of this repository. */
const FOLDER = new URL('../../../shared/fixtures/client-requests/', import.meta.url);

interface Accepted {
  /** First letters of the roles that go upstream. */
  roles: string;
  /** How many tools go upstream. */
  tools: number;
}

interface Refused {
  status: 400;
  param: string;
}

const accepted = (roles: string, tools: number): Accepted => ({ roles, tools });

/** What becomes of each recorded request with a body. */
const EXPECTED: Record<string, Accepted | Refused> = {
  'cline-turn1': accepted('su', 25),
  'codex-apply-patch-freeform-turn1': accepted('suu', 13),
  'codex-bad-args-turn2': accepted('suuat', 12),
  'codex-big-outputs-turn2': accepted('suuattt', 12),
  'codex-codemode-turn2': accepted('suuat', 3),
  'codex-compaction-local-after': accepted('suuu', 12),
  'codex-compaction-local-request': accepted('suuatu', 0),
  'codex-default-config-web-search': accepted('suu', 12),
  'codex-effort-summary-service-tier': accepted('suu', 12),
  'codex-empty-args-turn2': accepted('suuat', 12),
  'codex-gpt55-turn1': accepted('suu', 9),
  'codex-input-image': accepted('suu', 12),
  'codex-mcp-turn1': accepted('suu', 18),
  'codex-namespace-turn2': accepted('suuat', 12),
  'codex-noid-call-turn2': accepted('suuat', 12),
  'codex-output-schema': accepted('suu', 12),
  'codex-parallel-turn2': accepted('suuatt', 12),
  'codex-reasoning-empty-object': accepted('suu', 12),
  'codex-reasoning-noenc-turn2': accepted('suuat', 12),
  'codex-reasoning-turn2': accepted('suuat', 12),
  'codex-resume-turn': accepted('suuatauu', 12),
  'codex-shell-turn2': accepted('suuat', 12),
  'codex-subagent-turn1': accepted('suu', 7),
  'codex-tool-search-turn2': accepted('suuat', 14),
  'codex-tui-turn1': accepted('suu', 27),
  'codex-unknown-model-turn1': accepted('suu', 12),
  'codex-unsupported-custom-as-function-turn2': accepted('suuat', 13),
  'codex-ws-turn1': { status: 400, param: 'previous_response_id' },
  'codex-ws-warmup': accepted('s', 12),
  'continue-turn1': accepted('su', 9),
  'opencode-title': accepted('suu', 0),
  'opencode-turn1': accepted('su', 10),
  'pi-reasoning-noenc-turn2': accepted('suat', 4),
  'pi-turn1': accepted('su', 4),
};

const isThere = existsSync(FOLDER);
const files = isThere ? readdirSync(FOLDER).filter((name) => name.endsWith('.json')) : [];
const requests = new Map(
  files
    .map((name): [string, unknown] => [name.replace(/\.json$/, ''), load(name).body])
    .filter((entry): entry is [string, Json] => isRecord(entry[1])),
);
const acceptedNames = Object.keys(EXPECTED).filter((name) => 'roles' in EXPECTED[name]!);
const refusedNames = Object.keys(EXPECTED).filter((name) => 'status' in EXPECTED[name]!);

const describeWhereThere = isThere ? describe : describe.skip;

describeWhereThere('the requests of real clients (skipped where ../shared is not there)', () => {
  const { upstream, gateway } = useGateway({
    answer: (request) => (request.path === '/v1/chat/completions' ? { body: answer(request) } : undefined),
  });

  const url = () => `${gateway.url}/v1/responses`;
  const lastChat = () => recordOf(upstream.chats.at(-1)?.body);

  it('should each have an expectation', () => {
    expect([...requests.keys()].sort()).toEqual(Object.keys(EXPECTED).sort());
  });

  it.each(acceptedNames)(
    'should be answered by a correct stream and go upstream correctly: %s',
    async (name) => {
      const body = requests.get(name)!;
      const { status, events, done } = await postStream(url(), body);
      expect({ status, done }).toEqual({ status: 200, done: true });
      checkLifecycle(events);
      expect(events.at(-1)?.type).toBe('response.completed');
      const chat = lastChat();
      checkChatRequest(chat);
      const roles = arrayOf(chat.messages).map((message) => String(recordOf(message).role).charAt(0));
      expect({ roles: roles.join(''), tools: arrayOf(chat.tools).length }).toEqual(EXPECTED[name]);
      expect(chat.model).toBe(body.model);
    },
  );

  it.each(acceptedNames)('should be answered without a stream just as well: %s', async (name) => {
    const { status, body } = await postJson(url(), { ...requests.get(name), stream: false });
    expect(status).toBe(200);
    checkResponse(body);
    checkChatRequest(lastChat());
  });

  it.each(acceptedNames)(
    'should be followed by a turn that sends back what was answered: %s',
    async (name) => {
      const request = requests.get(name)!;
      const first = await postStream(url(), request);
      const output = arrayOf(recordOf(recordOf(first.events.at(-1)).response).output).map(recordOf);
      const input = [...arrayOf(request.input), ...output, ...output.flatMap(resultOf)];
      const { status, events } = await postStream(url(), { ...request, input });
      expect(status).toBe(200);
      checkLifecycle(events);
      checkChatRequest(lastChat());
      const messages = arrayOf(lastChat().messages).map(recordOf);
      expect(JSON.stringify(messages)).toContain('what the model thought');
      expect(messages.filter(({ role }) => role === 'tool')).toHaveLength(
        arrayOf(request.input).filter((item) => String(recordOf(item).type).endsWith('_output')).length +
          output.filter(({ type }) => String(type).endsWith('_call')).length,
      );
    },
  );

  it.each(refusedNames)('should be refused with the param at fault: %s', async (name) => {
    const { param } = EXPECTED[name] as Refused;
    for (const stream of [true, false]) {
      const { status, body } = await postJson(url(), { ...requests.get(name), stream });
      expect({ status, body }).toMatchObject({
        status: 400,
        body: { error: { type: 'invalid_request_error', param } },
      });
    }
  });

  it('should get a list of models', async () => {
    const { path } = recordOf(load('codex-models-get.json').request);
    const { status, body } = await getJson(`${gateway.url}${String(path)}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ object: 'list', data: [{ id: 'test-model' }] });
  });
});

function load(name: string): Json {
  return recordOf(JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')));
}

/** Reasoning, text, and a call of the first tool there is. */
function answer({ body }: UpstreamRequest): string {
  const { stream, tools } = recordOf(body);
  const [tool] = arrayOf(tools).map((one) => String(recordOf(recordOf(one).function).name));
  if (stream !== true) {
    const toolCalls = tool === undefined ? undefined : [{ id: 'a', name: tool, arguments: '{"input":"x"}' }];
    return completion({ content: 'ok', reasoning: 'what the model thought', toolCalls });
  }
  const call = tool === undefined ? [] : [toolCallStart(0, 'a', tool), toolArguments(0, '{"input":"x"}')];
  return chatStream([reasoningDelta('what the model thought'), 'ok', ...call], {
    finish: tool === undefined ? 'stop' : 'tool_calls',
  });
}

/** What a client answers to a call. */
function resultOf(item: Json): Json[] {
  switch (item.type) {
    case 'function_call':
      return [{ type: 'function_call_output', call_id: item.call_id, output: 'done' }];
    case 'custom_tool_call':
      return [{ type: 'custom_tool_call_output', call_id: item.call_id, output: 'done' }];
    default:
      return [];
  }
}
