import fc from 'fast-check';
import { GatewayError } from '../errors/gateway-error.js';
import { ChatBody } from './chat-body.js';

const bodyOf = (text: string): ChatBody => new ChatBody(Buffer.from(text));

function refused(text: string): { code: string; param: string | null } {
  try {
    bodyOf(text);
  } catch (error) {
    if (error instanceof GatewayError) return { code: error.code, param: error.param };
  }
  throw new Error('It was not refused.');
}

describe('the body of a request that is passed on', () => {
  it('should change the model and nothing else', () => {
    const text =
      '{"messages":[{"role":"user","content":"\\u00e9 \\"model\\": 1"}],\n "model" : "alias", "seed":1e400}';
    const body = bodyOf(text);
    expect(body.model).toBe('alias');
    expect(body.withModel('Org/Model "1"').toString()).toBe(text.replace('"alias"', '"Org/Model \\"1\\""'));
  });

  it('should be the very same bytes where the name stays', () => {
    const bytes = Buffer.from('{"model":"m","n":1}');
    expect(new ChatBody(bytes).withModel('m')).toBe(bytes);
  });

  it('should name one model only, where several were named', () => {
    const text = '{"model":{"a":1},"m\\u006fdel":"first","model":"last"}';
    const body = bodyOf(text);
    expect(body.model).toBe('last');
    expect(body.withModel('last').toString()).toBe('{"model":"last","m\\u006fdel":"last","model":"last"}');
  });

  it('should name one model to servers that do not tell letters from capitals', () => {
    const body = bodyOf('{"model":"mine","Model":"other","MODEL":1}');
    expect(body.model).toBe('mine');
    expect(body.withModel('mine').toString()).toBe('{"model":"mine","Model":"mine","MODEL":"mine"}');
    expect(refused('{"Model":"other"}')).toEqual({ code: 'missing_required_parameter', param: 'model' });
  });

  it('should lose the mark at its beginning', () => {
    expect(bodyOf('\uFEFF{"model":"m"}').withModel('m').toString()).toBe('{"model":"m"}');
  });

  describe('what other requests begin with too', () => {
    const beginningOf = (members: object): string | undefined =>
      bodyOf(JSON.stringify({ model: 'm', ...members })).beginning;
    const system = { role: 'system', content: 'Be brief.' };
    const question = { role: 'user', content: 'Hi, "you" [}' };
    const rest = [
      { role: 'assistant', content: 'Yes?' },
      { role: 'user', content: 'More.' },
    ];

    it('should be the key that the client gives', () => {
      expect(beginningOf({ messages: [question], prompt_cache_key: 'thread-1' })).toBe('thread-1');
      expect(beginningOf({ prompt_cache_key: 7 })).toBeUndefined();
    });

    it('should be the messages up to the first of the user, which each turn repeats', () => {
      const first = beginningOf({ messages: [system, question] });
      expect(first).toBeDefined();
      expect(beginningOf({ messages: [system, question, ...rest] })).toBe(first);
      expect(beginningOf({ messages: [system, { ...question, content: 'Ho' }] })).not.toBe(first);
      expect(beginningOf({ messages: [{ role: 'developer', content: 'Be long.' }, question] })).not.toBe(
        first,
      );
    });

    it('should be the beginning of a prompt', () => {
      const prompt = 'x'.repeat(2_000);
      const first = beginningOf({ prompt });
      expect(beginningOf({ prompt: `${prompt}and more` })).toBe(first);
      expect(beginningOf({ prompt: `y${prompt}` })).not.toBe(first);
    });

    it.each([
      [undefined, { input: 'to be embedded' }],
      [undefined, { messages: [] }],
      [undefined, { messages: 'none' }],
      ['7', { messages: [7] }],
    ])('should be %s of %j', (expected, members) => {
      expect(beginningOf(members)).toBe(expected);
    });

    it('should not refuse what is no chat: the model server does', () => {
      for (const messages of ['[{"role" 1}]', '[1 2]', '[{"role":"\\x"}]']) {
        expect(() => bodyOf(`{"model":"m","messages":${messages}}`).beginning).not.toThrow();
      }
    });
  });

  it.each([
    ['{}', 'missing_required_parameter', 'model'],
    ['{"model":null}', 'missing_required_parameter', 'model'],
    ['{"model":""}', 'missing_required_parameter', 'model'],
    ['{"model":"a","model":null}', 'missing_required_parameter', 'model'],
    ['{"model":7}', 'invalid_request', 'model'],
    ['{"model":["m"]}', 'invalid_request', 'model'],
    ['{"model":"\\x"}', 'invalid_json', null],
    ['[]', 'invalid_request', null],
  ])('should refuse %s', (text, code, param) => {
    expect(refused(text)).toEqual({ code, param });
  });

  it('should not be remembered member by member where there is no end of them', () => {
    const text = `{${'"n":1,'.repeat(999)}"model":"m"}`;
    expect(bodyOf(text).model).toBe('m');
    expect(refused(text.replace('{', '{"a":1,'))).toEqual({ code: 'invalid_request', param: null });
  });

  it.each([
    [100, {}],
    [50, { max_tokens: 50 }],
    [60, { max_tokens: 50, max_completion_tokens: 60 }],
    [50, { max_tokens: 50, n: 1 }],
    [150, { max_tokens: 50, n: 3 }],
    [200, { max_tokens: 50, n: 3, best_of: 4 }],
    [300, { n: 3 }],
    [100, { max_tokens: -1, n: 0 }],
    [100, { max_tokens: '7', n: null }],
  ])('should expect answers of %i tokens at most of %j', (longest, members) => {
    const text = JSON.stringify({ model: 'm', ...members });
    expect(bodyOf(text).estimateTokens(100)).toBe(Math.ceil(text.length / 4) + longest);
  });

  it('should mean what JSON means, for any members beside it and any names', () => {
    const others = fc.dictionary(fc.string({ unit: 'binary', maxLength: 8 }), fc.jsonValue({ maxDepth: 3 }), {
      maxKeys: 5,
    });
    const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(others, name, name, fc.constantFrom(undefined, 1), (members, from, to, spacing) => {
        const value = { ...members, model: from };
        const body = bodyOf(JSON.stringify(value, null, spacing));
        expect(body.model).toBe(from);
        expect(JSON.parse(body.withModel(to).toString())).toEqual(
          JSON.parse(JSON.stringify({ ...value, model: to })),
        );
      }),
    );
  });
});
