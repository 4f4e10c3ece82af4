import { readdirSync, readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.js';
import type { SimulatorOptions } from '../../src/simulator/simulator-options.js';

interface Recording {
  name: string;
  request: { method: string; path: string; body: unknown; headers: Record<string, string> | null };
  status: number;
  content_type: string;
  body: string;
}

const FOLDER = join(import.meta.dirname, '../fixtures/lmdeploy');
const recordings = readdirSync(FOLDER).map(
  (file) => JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Recording,
);

/** Cases whose answer cannot be reproduced, and why. */
const NOT_REPRODUCED: Record<string, string> = {};

/** How the recorded server was launched: the first pattern that fits the name of the case. */
const LAUNCHES: [RegExp, Partial<SimulatorOptions>][] = [
  [/^auth\./, { apiKeys: ['sk-1'] }],
  [/^logprobs\./, { logprobsMode: 'raw_logprobs' }],
  [/^reasoning\./, { reasoningParser: 'default' }],
  [/^tool\.qwen3\.(?:json|stream)$/, { reasoningParser: 'default', toolCallParser: 'qwen3' }],
  [/^tool\.qwen3\./, { toolCallParser: 'qwen3' }],
  [/^err\.toolargs/, { toolCallParser: 'qwen3' }],
  [/^tool\.qwen3coder\./, { toolCallParser: 'qwen3coder' }],
  [/^tool\.glm47\./, { toolCallParser: 'glm47' }],
  [/^tool\.llama3\./, { toolCallParser: 'llama3' }],
];

function launch(name: string): Promise<Simulator> {
  const options = LAUNCHES.find(([pattern]) => pattern.test(name))?.[1];
  return startSimulator({
    model: 'Qwen/Qwen3-8B',
    script: 'echo',
    toolCallParser: 'none',
    reasoningParser: 'none',
    ...options,
  });
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

/** Takes out only what no two servers share: the characters of ids and the second of the clock. */
function normalize(body: string): string {
  return body
    .replace(/(chatcmpl-tool-|chatcmpl-|modelperm-)[2-9A-HJ-NP-Za-km-z]{22}/g, '$1<id>')
    .replace(/("created": ?)\d{10}/g, '$1<now>');
}

/** The ids of a body, each as the order of its first appearance: equal ids stay equal. */
function idPattern(body: string): number[] {
  const ids = body.match(/(?:chatcmpl|modelperm)-(?:tool-)?\w{22}/g) ?? [];
  const seen = [...new Set(ids)];
  return ids.map((id) => seen.indexOf(id));
}

describe('The simulator against recordings of LMDeploy', () => {
  const cases = recordings.filter(({ name }) => !(name in NOT_REPRODUCED));

  it.each(cases.map((recording) => [recording.name, recording] as const))(
    'should answer %s byte for byte, ids and clock aside',
    async (name, recording) => {
      const simulator = await launch(name);
      try {
        const answer = await send(simulator.url, recording.request);
        expect(answer.status).toBe(recording.status);
        expect(answer.contentType).toBe(recording.content_type);
        expect(normalize(answer.body)).toBe(normalize(recording.body));
        expect(idPattern(answer.body)).toEqual(idPattern(recording.body));
      } finally {
        await simulator.close();
      }
    },
  );

  it('should replay every recording there is', () => {
    expect(recordings.length).toBeGreaterThan(40);
    expect(Object.keys(NOT_REPRODUCED)).toEqual([]);
  });
});
