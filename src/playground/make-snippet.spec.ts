import { execFileSync } from 'node:child_process';
import { runInNewContext } from 'node:vm';
import { makeSnippet } from './page/make-snippet.js';

const URL = 'http://127.0.0.1:8080/v1';
const NASTY = `it's "quoted" \\ $HOME \`ls\` %s \n\t 'x' é 😀 \u2028`;
const BODY = {
  model: 'default',
  input: [{ role: 'user', content: [{ type: 'input_text', text: NASTY }] }],
  tools: [{ type: 'function', name: 'f', strict: true, parameters: { 'a-b': null, list: [], none: {} } }],
  store: false,
  stream: true,
};
const PLAIN = { model: 'default', input: 'Hi', store: false, stream: false };

describe('curl', () => {
  /** What a shell hands to curl. */
  const argumentsOf = (script: string): string[] =>
    execFileSync('sh', ['-c', `curl() { printf '%s\\0' "$@"; }\n${script}`], {
      env: { GATEWAY_API_KEY: 'secret' },
      encoding: 'utf8',
    })
      .split('\0')
      .slice(0, -1);

  it('should post the very body', () => {
    const [unbuffered, url, ...options] = argumentsOf(makeSnippet('curl', URL, BODY));
    expect([unbuffered, url]).toEqual(['-N', `${URL}/responses`]);
    expect(JSON.parse(options.at(-1)!)).toEqual(BODY);
    expect(options.slice(0, -1)).toEqual([
      '-H',
      'authorization: Bearer secret',
      '-H',
      'content-type: application/json',
      '-d',
    ]);
  });

  it('should not ask for a stream that is none', () => {
    expect(argumentsOf(makeSnippet('curl', URL, PLAIN))).not.toContain('-N');
  });
});

describe('JavaScript', () => {
  it('should create the very response', () => {
    const source = makeSnippet('javascript', URL, BODY);
    const [, literal = ''] = /responses\.create\(([\s\S]*?)\);\n\nfor await/.exec(source) ?? [];
    expect(JSON.stringify(runInNewContext(`(${literal})`))).toBe(JSON.stringify(BODY));
  });

  it('should read a whole answer otherwise', () => {
    expect(makeSnippet('javascript', URL, PLAIN)).toBe(`import OpenAI from 'openai';

const client = new OpenAI({
  baseURL: 'http://127.0.0.1:8080/v1',
  apiKey: process.env.GATEWAY_API_KEY ?? 'unused',
});

const response = await client.responses.create({
  model: "default",
  input: "Hi",
  store: false,
  stream: false,
});

console.log(response.output_text);
`);
  });
});

describe('Python', () => {
  it('should write its own words and quote as Python reads it', () => {
    expect(makeSnippet('python', URL, BODY)).toContain(`stream = client.responses.create(
    model="default",
    input=[
        {
            "role": "user",
            "content": [
                {
                    "type": "input_text",
                    "text": ${JSON.stringify(NASTY)},
                },
            ],
        },
    ],
    tools=[
        {
            "type": "function",
            "name": "f",
            "strict": True,
            "parameters": {
                "a-b": None,
                "list": [],
                "none": {},
            },
        },
    ],
    store=False,
    stream=True,
)

for event in stream:
    if event.type == "response.output_text.delta":
        print(event.delta, end="", flush=True)
`);
  });
});
