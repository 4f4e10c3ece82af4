import { request as httpRequest } from 'node:http';
import { startSimulator } from '../../src/simulator/simulator.js';
import type { SimulatorOptions } from '../../src/simulator/simulator-options.js';
import type { WriteText } from '../../src/simulator/script/write-text.js';
import { recordOf } from '../support/json.js';
import { echoModel } from '../support/raw-model.js';
import { loadRecordings, type Recording } from '../support/recordings.js';

const recordings = loadRecordings();

/** What the simulator leaves out of LMDeploy: no answer of the gateway depends on it. */
const NOT_REPRODUCED: Readonly<Record<string, string>> = {
  'err.badjson': 'the position in the text',
  'err.contenttype': 'the gateway sends JSON',
  'err.ctx.stream': 'the recorded engine makes up the length; see chat.e2e-spec.ts',
  'err.temperature': 'the gateway has checked it',
  'err.toolargs_history': 'the position in the text',
  models: 'permissions',
  'plain.string_messages': 'the gateway sends a list',
  'response_format.bad': 'the gateway sends one of the formats',
  'tool.glm47.stream': 'another parser',
  'tool.llama3.json': 'another parser',
  'tool.llama3.stream': 'another parser',
  'tool.qwen3coder.stream': 'another parser',
};

/** How the recorded server was launched: the first pattern that fits the name of the case. */
const LAUNCHES: [RegExp, Partial<SimulatorOptions>][] = [
  [/^auth\./, { apiKeys: ['sk-1'] }],
  [/^logprobs\./, { logprobsMode: 'raw_logprobs' }],
  [/^reasoning\./, { reasoningParser: 'default' }],
  [/^tool\.qwen3\.(?:json|stream)$/, { reasoningParser: 'default', toolCallParser: 'qwen3' }],
  [/^tool\.qwen3\./, { toolCallParser: 'qwen3' }],
];

/** The recorded engine ends with "length" after such a text; this one has more to say, and is held to the tokens of the recording. */
const CUT = 'FIN=length ';
const TOKENS_BEFORE_CUT = 10;

const write: WriteText = (request, options) => {
  const text = echoModel(request, options);
  return text.startsWith(CUT) ? `${text.slice(CUT.length)} and more` : text;
};

/** The recorded request, with what lets the simulator end as the recorded engine did. */
function asked({ name, request }: Recording): Recording['request'] {
  if (name === 'err.midstream') return { ...request, headers: { 'x-sim-fault': 'midstream' } };
  if (name !== 'tool.qwen3.truncated.stream') return request;
  return { ...request, body: { ...recordOf(request.body), max_completion_tokens: TOKENS_BEFORE_CUT } };
}

/** Not fetch: it would add a content type of its own to a text body. */
function send(url: string, { method, path, body, headers }: Recording['request']) {
  const text = body === null ? '' : typeof body === 'string' ? body : JSON.stringify(body);
  const type = body === null ? {} : { 'content-type': 'application/json' };
  return new Promise<{ status: number; contentType: string; body: string }>((resolve, reject) => {
    const request = httpRequest(`${url}${path}`, { method, headers: { ...type, ...headers } }, (response) => {
      let answer = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (answer += chunk));
      response.on('end', () => {
        const { statusCode = 0, headers: received } = response;
        resolve({ status: statusCode, contentType: received['content-type'] ?? '', body: answer });
      });
    });
    request.on('error', reject).end(text);
  });
}

/** Takes out what no two servers share: the characters of ids, the second of the clock, and how they count a prompt. */
function normalize(body: string): string {
  return body
    .replace(/(chatcmpl-tool-|chatcmpl-)\w{22}/g, '$1<id>')
    .replace(/("created": ?)\d{10}/g, '$1<now>')
    .replace(/("(?:prompt|total|cached)_tokens": ?)\d+/g, '$1<count>');
}

/** The ids of a body, each as the order of its first appearance: equal ids stay equal. */
function idPattern(body: string): number[] {
  const ids = body.match(/chatcmpl-(?:tool-)?\w{22}/g) ?? [];
  const seen = [...new Set(ids)];
  return ids.map((id) => seen.indexOf(id));
}

describe('The simulator against recordings of LMDeploy', () => {
  const cases = recordings.filter(({ name }) => !(name in NOT_REPRODUCED));

  it.each(cases.map((recording) => [recording.name, recording] as const))(
    'should answer %s byte for byte, ids, clock and the count of the prompt aside',
    async (name, recording) => {
      const options = LAUNCHES.find(([pattern]) => pattern.test(name))?.[1];
      const simulator = await startSimulator(
        { model: 'Qwen/Qwen3-8B', toolCallParser: 'none', reasoningParser: 'none', ...options },
        write,
      );
      try {
        const answer = await send(simulator.url, asked(recording));
        expect(answer.status).toBe(recording.status);
        expect(answer.contentType).toBe(recording.content_type);
        expect(normalize(answer.body)).toBe(normalize(recording.body));
        expect(idPattern(answer.body)).toEqual(idPattern(recording.body));
      } finally {
        await simulator.close();
      }
    },
  );

  it('should replay every other recording', () => {
    expect(recordings.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(NOT_REPRODUCED)));
    expect(cases.length).toBeGreaterThan(30);
  });
});
