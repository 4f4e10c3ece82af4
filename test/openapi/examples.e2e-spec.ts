import {
  apiDocument,
  type MediaType,
  type Operation,
  resolved,
  validateEvent,
  validateWith,
} from '../support/api-document.js';
import { createTestApp, type TestApp } from '../support/create-test-app.js';
import { exchange, getJson, type JsonAnswer, postJson, postStream } from '../support/http-client.js';
import { type Json, recordOf } from '../support/json.js';
import { checkLifecycle, checkResponse, normaliseIds } from '../support/lifecycle-oracle.js';

const { paths, components } = apiDocument();

/** Name and value of the examples of a body. */
function examplesOf(media: MediaType | undefined): [name: string, value: unknown][] {
  const { examples = {}, example } = media ?? {};
  const named = Object.entries(examples).map(([name, { value }]): [string, unknown] => [name, value]);
  return example === undefined ? named : [...named, ['example', example]];
}

const posts = Object.entries(paths).flatMap(([path, { post }]) => (post ? [{ path, post }] : []));
const requests = posts.flatMap(({ path, post }) =>
  examplesOf(post.requestBody?.content['application/json']).map(([name, body]) => ({
    path,
    name,
    body,
    post,
  })),
);
const answers = [
  ...Object.entries(paths).flatMap(([path, operations]) =>
    operationsOf(operations).flatMap(({ responses }) => bodiesOf(path, responses)),
  ),
  ...bodiesOf('components', components.responses),
];

function operationsOf({ get, post, delete: remove }: Record<string, Operation>): Operation[] {
  return [get, post, remove].filter((operation) => operation !== undefined);
}

function bodiesOf(place: string, described: Operation['responses']) {
  return Object.entries(described).flatMap(([status, { content = {} }]) =>
    Object.entries(content).flatMap(([type, media]) =>
      examplesOf(media).map(([name, value]) => ({
        where: `${place} ${status} ${type} ${name}`,
        type,
        media,
        value,
      })),
    ),
  );
}

/** Ids and times differ from answer to answer, and so does what is sealed and how much of the prompt was cached. */
function comparable(value: unknown): unknown {
  const text = JSON.stringify(value)
    .replace(/"(encrypted_content)":"[^"]+"/g, '"$1":"sealed"')
    .replace(/"(first_id|last_id)":"[^"]+"/g, '"$1":"id"');
  return normaliseIds(JSON.parse(text.replace(/"cached_tokens":\d+/g, '"cached_tokens":0')));
}

describe('the examples of openapi/openapi.yaml', () => {
  it('should be there for everything a client asks for first', () => {
    const names = requests.map(({ path, name }) => `${path} ${name}`);
    for (const name of ['text', 'stream', 'tool_call', 'reasoning', 'structured_output', 'image']) {
      expect(names).toContain(`/v1/responses ${name}`);
    }
    expect(names).toContain('/v1/responses/compact conversation');
    expect(names).toContain('/v1/responses/input_tokens text');
  });

  it.each(answers)('should fit their schema: $where', ({ type, media, value }) => {
    expect(type === 'text/event-stream' ? validateEvent(value) : validateWith(media.schema, value)).toEqual(
      [],
    );
  });

  it.each(requests)('should fit their schema: $path $name', ({ body, post }) => {
    expect(validateWith(post.requestBody!.content['application/json']!.schema, body)).toEqual([]);
  });

  describe('sent to a gateway', () => {
    let gateway: TestApp;
    // A simulator of its own for each, since what one has asked is in the other's prompt cache.
    beforeEach(async () => {
      gateway = await createTestApp({
        environment: { SIM_LOGPROBS_MODE: 'raw_logprobs', DATABASE_URL: 'memory:' },
      });
    });
    afterEach(() => gateway.close());

    /** What a path with an id in it needs to be there. */
    const idFor = async (path: string): Promise<string> => {
      if (!path.startsWith('/v1/conversations/{id}')) return '';
      const { body } = await postJson(`${gateway.url}/v1/conversations`, {});
      return String(recordOf(body).id);
    };

    it.each(requests)('should be answered: $path $name', async ({ path, name, body, post }) => {
      const url = `${gateway.url}${path.replace('{id}', await idFor(path))}`;
      const isStreamed = recordOf(body).stream === true;
      const answer = isStreamed ? await postStream(url, body) : await postJson(url, body);
      expect(answer.status).toBe(200);
      expect(answer.headers).not.toHaveProperty('x-gateway-ignored');
      if ('events' in answer) checkLifecycle(answer.events as unknown[]);
      else if (path === '/v1/responses') checkResponse(answer.body);
      const told = post.responses['200']?.content?.['application/json']?.examples?.[name];
      if (told) expect(comparable(answer.body)).toEqual(comparable(told.value));
    });
  });
});

describe('the examples of errors', () => {
  const PING = { model: 'default', input: 'Reply exactly: pong' };
  const ask = (url: string, body: unknown, headers?: Record<string, string>): Promise<JsonAnswer> =>
    postJson(`${url}/v1/responses`, body, headers);
  const withFault = (fault: string) => (url: string) => ask(url, PING, { 'x-sim-fault': fault });
  const KEPT = { DATABASE_URL: 'memory:' };
  const DEAD = { UPSTREAM_BASE_URL: 'http://127.0.0.1:9' };

  /** How each of them comes about. */
  const PROVOKED: Record<
    string,
    {
      environment?: Record<string, string>;
      by: (url: string) => Promise<JsonAnswer>;
      /** The message is the model server's own. */
      inOtherWords?: true;
    }
  > = {
    missing_model: { by: (url) => ask(url, { input: 'hi' }) },
    invalid_type: { by: (url) => ask(url, { ...PING, stream: 'yes' }) },
    invalid_part: {
      by: (url) =>
        ask(url, { ...PING, input: [{ role: 'user', content: [{ type: 'input_text', text: 1 }] }] }),
    },
    invalid_json: { by: (url) => ask(url, '{"model":') },
    prompt: { by: (url) => ask(url, { ...PING, prompt: { id: 'pmpt_1' } }) },
    response_not_found: { environment: KEPT, by: (url) => getJson(`${url}/v1/responses/resp_1`) },
    conversation_not_found: {
      environment: KEPT,
      by: (url) => getJson(`${url}/v1/conversations/conv_1`),
    },
    item_not_found: {
      environment: KEPT,
      by: (url) => postJson(`${url}/v1/conversations`, { items: [{ type: 'item_reference', id: 'msg_1' }] }),
    },
    previous_response_not_found: { by: (url) => ask(url, { ...PING, previous_response_id: 'resp_1' }) },
    missing_api_key: { environment: { API_KEYS: 'a-key' }, by: (url) => ask(url, PING) },
    invalid_api_key: {
      environment: { API_KEYS: 'a-key' },
      by: (url) => ask(url, PING, { authorization: 'Bearer another' }),
    },
    model_not_found: { by: (url) => getJson(`${url}/v1/models/gpt-9`) },
    request_too_large: { environment: { BODY_LIMIT_BYTES: '10' }, by: (url) => ask(url, PING) },
    unsupported_media_type: {
      by: (url) => ask(url, 'model=default', { 'content-type': 'application/x-www-form-urlencoded' }),
    },
    rate_limit_exceeded: { by: withFault('429'), inOtherWords: true },
    upstream_error: { by: withFault('500') },
    server_is_overloaded: { by: withFault('503') },
    upstream_timeout: {
      environment: { UPSTREAM_FIRST_BYTE_TIMEOUT_MS: '200' },
      by: withFault('hang'),
    },
    not_ready: { environment: DEAD, by: (url) => exchange('GET', `${url}/health/ready`, undefined) },
  };
  const examples = [
    ...Object.values(components.responses),
    ...Object.values(paths).flatMap((operations) =>
      operationsOf(operations).flatMap(({ responses }) => Object.values(responses)),
    ),
  ].flatMap((answer) => examplesOf(resolved(answer).content?.['application/json']));
  const errors = new Map(examples.filter(([, value]) => Object.keys(recordOf(value)).join() === 'error'));

  it('should all be known here', () => {
    expect([...errors.keys()].sort()).toEqual(Object.keys(PROVOKED).sort());
  });

  it.each(Object.entries(PROVOKED))(
    'should be what a gateway answers: %s',
    async (name, { environment, by, inOtherWords }) => {
      const gateway = await createTestApp({ environment });
      const { body } = await by(gateway.url);
      await gateway.close();
      const { error } = errors.get(name) as { error: Json };
      const message: unknown = inOtherWords ? expect.any(String) : error.message;
      expect(body).toEqual({ error: { ...error, message } });
    },
  );
});
