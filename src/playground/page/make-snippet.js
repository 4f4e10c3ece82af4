const KEY = 'GATEWAY_API_KEY';
const JSON_WORDS = { true: 'true', false: 'false', null: 'null' };
const PYTHON_WORDS = { true: 'True', false: 'False', null: 'None' };
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

/** By the name of the language. Each makes the code of one request; keys are read from the environment, never written down. */
const MAKERS = {
  curl: makeCurl,
  javascript: makeJavaScript,
  python: makePython,
};

/**
 * @param {'curl' | 'javascript' | 'python'} language
 * @param {string} baseUrl ends in /v1
 * @param {object} body of POST /v1/responses
 */
export function makeSnippet(language, baseUrl, body) {
  return MAKERS[language](baseUrl, body);
}

function makeCurl(baseUrl, body) {
  const data = JSON.stringify(body, null, 2).replaceAll("'", String.raw`'\''`);
  return `curl ${body.stream ? '-N ' : ''}${baseUrl}/responses \\
  -H "authorization: Bearer $${KEY}" \\
  -H "content-type: application/json" \\
  -d '${data}'
`;
}

function makeJavaScript(baseUrl, body) {
  const key = (name) => (IDENTIFIER.test(name) ? name : JSON.stringify(name));
  const request = writeLiteral(body, { key, words: JSON_WORDS, indent: '  ' });
  const create = (name) => `const ${name} = await client.responses.create(${request});\n`;
  const read = body.stream
    ? `${create('stream')}
for await (const event of stream) {
  if (event.type === 'response.output_text.delta') process.stdout.write(event.delta);
}
`
    : `${create('response')}
console.log(response.output_text);
`;
  return `import OpenAI from 'openai';

const client = new OpenAI({
  baseURL: '${baseUrl}',
  apiKey: process.env.${KEY} ?? 'unused',
});

${read}`;
}

function makePython(baseUrl, body) {
  const style = { key: (name) => JSON.stringify(name), words: PYTHON_WORDS, indent: '    ' };
  const fields = Object.entries(body)
    .map(([name, value]) => `    ${name}=${writeLiteral(value, style, '    ')},\n`)
    .join('');
  const create = (name) => `${name} = client.responses.create(\n${fields})\n`;
  const read = body.stream
    ? `${create('stream')}
for event in stream:
    if event.type == "response.output_text.delta":
        print(event.delta, end="", flush=True)
`
    : `${create('response')}
print(response.output_text)
`;
  return `import os
from openai import OpenAI

client = OpenAI(
    base_url="${baseUrl}",
    api_key=os.environ.get("${KEY}", "unused"),
)

${read}`;
}

/** A JSON value as the source text of a language; JSON's strings are the same in all of them. */
function writeLiteral(value, style, margin = '') {
  if (typeof value === 'boolean' || value === null) return style.words[String(value)];
  if (typeof value !== 'object') return JSON.stringify(value);
  const isArray = Array.isArray(value);
  const [open, close] = isArray ? ['[', ']'] : ['{', '}'];
  const inner = margin + style.indent;
  const parts = Object.entries(value).map(
    ([name, part]) =>
      `${inner}${isArray ? '' : `${style.key(name)}: `}${writeLiteral(part, style, inner)},\n`,
  );
  return parts.length === 0 ? open + close : `${open}\n${parts.join('')}${margin}${close}`;
}
