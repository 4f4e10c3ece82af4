import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import {
  chatStream,
  completion,
  type FakeUpstream,
  finish,
  startFakeUpstream,
  toolArguments,
  toolCallStart,
} from '../support/fake-upstream.js';
import { postJson, postStream } from '../support/http-client.js';
import type { Json } from '../support/json.js';
import { useBuiltGateway } from '../support/use-built-gateway.js';
import { SocketClient } from '../support/ws-client.js';

jest.setTimeout(120_000);

const REQUESTS = 200;
/** Of the requests; what is made by nearly each is made by it. */
const EACH = 0.8;
const LOG = 'maps.log';
/** Node's own for each connection, of which the clients of these tests open one a request. */
const OF_CONNECTIONS = new Set(['emitClose', 'autoDestroy', 'decodeStrings']);

const KEY = { authorization: 'Bearer a-key' };
const KEYS_FILE = 'keys.yaml';
const KEYS = `keys:
  - { key: a-key, id: caller, requestsPerMinute: 100000, tokensPerMinute: 100000000, concurrent: 9 }
`;

const TOOLS = [
  {
    type: 'function',
    name: 'weather',
    parameters: { type: 'object', properties: { city: { type: 'string' } } },
  },
];
const CONVERSATION = [
  { role: 'user', content: 'Hi' },
  { role: 'assistant', content: 'Hello.' },
  { type: 'function_call', call_id: 'call_1', name: 'weather', arguments: '{"city":"Rome"}' },
  { type: 'function_call_output', call_id: 'call_1', output: 'sunny' },
];
const TEXT = chatStream(['Hello', ', ', 'world', '.']);
const CALL = chatStream([
  toolCallStart(0, 'call_2', 'weather'),
  toolArguments(0, '{"city"'),
  toolArguments(0, ':"Paris"}'),
  finish('tool_calls'),
]);

type Send = (url: string) => Promise<{ status: number }>;
const whole =
  (more: Json = {}): Send =>
  (url) =>
    postJson(`${url}/v1/responses`, { model: 'm', input: 'Hi', ...more }, KEY);
const streamed =
  (more: Json = {}): Send =>
  (url) =>
    postStream(`${url}/v1/responses`, { model: 'm', input: 'Hi', stream: true, ...more }, KEY);

const built = useBuiltGateway();
let upstream: FakeUpstream;
let answer: string;
beforeAll(() => {
  writeFileSync(join(built.folder, KEYS_FILE), KEYS);
});
beforeEach(async () => {
  upstream = await startFakeUpstream(({ path }) =>
    path.endsWith('/completions') ? { body: answer } : undefined,
  );
});
afterEach(() => upstream.close());

/** Properties for whose sake V8 has made a hidden class with about each request, with how many there were. */
async function hiddenClasses(
  variables: Record<string, string>,
  run: (url: string) => Promise<void>,
): Promise<string[]> {
  const log = join(built.folder, LOG);
  rmSync(log, { force: true });
  const flags = ['--log-maps', `--logfile=${LOG}`, '--no-logfile-per-isolate'];
  const gateway = built.run({ UPSTREAM_BASE_URL: upstream.url, LOG_LEVEL: 'error', ...variables }, flags);
  const url = await gateway.listening();
  const before = countTransitions(log);
  // Otherwise the log is written in another way than it is read.
  expect([...before.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThan(REQUESTS);
  await run(url);
  gateway.signal('SIGTERM');
  await gateway.exited;
  return [...countTransitions(log)]
    .map(([name, count]): [string, number] => [name, count - (before.get(name) ?? 0)])
    .filter(
      ([name, count]) =>
        count >= REQUESTS * EACH && !OF_CONNECTIONS.has(name) && !name.startsWith('symbol(hash'),
    )
    .map(([name, count]) => `${count} x ${name}`);
}

/** Hidden classes that objects of no shared class were given, by the property that was added. */
function countTransitions(log: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of readFileSync(log, 'latin1').split('\n')) {
    const [kind, type, , , , , , , reason, name] = line.split(',');
    if (kind !== 'map' || type !== 'Transition' || reason !== 'prototype' || name === undefined) continue;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

describe('a request', () => {
  it.each<[string, string, Send, Record<string, string>?]>([
    ['whole', completion({ content: 'Hello.' }), whole()],
    ['streamed', TEXT, streamed()],
    ['with a conversation and tools', CALL, streamed({ input: CONVERSATION, tools: TOOLS })],
    [
      'whose calls are read from text',
      chatStream(['<tool_call>{"name": "weather", "arguments": {"city": "Rome"}}</tool_call>']),
      streamed({ tools: TOOLS }),
      { TOOL_CALLS: 'raw', TOOL_CALL_PARSER: 'hermes' },
    ],
    ['that is stored', TEXT, streamed({ store: true }), { DATABASE_URL: 'memory:' }],
    ['with limits that its headers tell', TEXT, streamed(), { API_KEYS_FILE: KEYS_FILE }],
    [
      'that is passed through',
      TEXT,
      (url) => postJson(`${url}/v1/chat/completions`, { model: 'm', messages: [] }),
    ],
  ])('%s should make no hidden class of its own', async (_kind, body, send, variables = {}) => {
    answer = body;
    const made = await hiddenClasses(variables, async (url) => {
      for (let count = 0; count < REQUESTS; count++) expect((await send(url)).status).toBe(200);
    });
    expect(made).toEqual([]);
  });

  it('of a WebSocket should make no hidden class of its own', async () => {
    answer = TEXT;
    const made = await hiddenClasses({}, async (url) => {
      const client = await SocketClient.open(url);
      for (let count = 0; count < REQUESTS; count++)
        expect((await client.turn({ input: 'Hi' })).error).toBeUndefined();
      client.socket.close();
    });
    expect(made).toEqual([]);
  });
});
