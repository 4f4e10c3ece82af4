import { Module } from '@nestjs/common';
import { type EnvelopeKind, EnvelopeSealer } from '../../src/sealing/envelope-sealer.js';
import { createTestApp } from '../support/create-test-app.js';
import {
  chatStream,
  completion,
  reasoningDelta,
  startFakeUpstream,
  toolArguments,
  toolCallStart,
  usageOf,
} from '../support/fake-upstream.js';
import { postJson, postStream } from '../support/http-client.js';
import type { Json } from '../support/json.js';
import { checkLifecycle, checkResponse, foldStream } from '../support/lifecycle-oracle.js';
import { useGateway } from '../support/use-gateway.js';

const INCLUDE = ['reasoning.encrypted_content'];
const SEALED = /^[\w-]{40,}$/;
const TOOL = { type: 'function', name: 'search', parameters: { type: 'object', properties: {} } };
const FORMS = ['summary', 'text', 'open-responses', 'off'];

describe('reasoning in envelopes', () => {
  const { upstream, gateway } = useGateway({ environment: { API_KEYS: 'sk-one,sk-two' } });

  afterEach(() => {
    upstream.requests.length = 0;
  });

  const as = (key: string, more: Record<string, string> = {}) => ({
    authorization: `Bearer ${key}`,
    ...more,
  });
  const stream = (body: Json, form = 'summary') =>
    postStream(
      `${gateway.url}/v1/responses`,
      { model: 'test-model', input: 'q', stream: true, ...body },
      as('sk-one', { 'x-reasoning-output': form }),
    );
  const create = (body: Json, key = 'sk-one', form = 'summary') =>
    postJson(
      `${gateway.url}/v1/responses`,
      { model: 'test-model', input: 'q', ...body },
      as(key, { 'x-reasoning-output': form }),
    );
  const chatMessages = () => (upstream.chats.at(-1)!.body as { messages: Json[] }).messages;
  const think = async (form = 'summary'): Promise<Json[]> => {
    upstream.reply(completion({ reasoning: 'First I add, then I check.', content: 'Four.' }));
    const { body } = await create({ include: INCLUDE }, 'sk-one', form);
    return (body as { output: Json[] }).output;
  };
  const goOn = async (items: unknown[], key = 'sk-one'): Promise<number> => {
    upstream.reply(completion({ content: 'ok' }));
    const input = [{ role: 'user', content: 'q' }, ...items, { role: 'user', content: 'and?' }];
    return (await create({ input }, key)).status;
  };

  describe.each(FORMS)('going out as %s', (form) => {
    it('should come with the finished item, and not before', async () => {
      upstream.reply(chatStream([reasoningDelta('First '), reasoningDelta('this.'), 'Four.']));
      const { events, headers } = await stream({ include: INCLUDE }, form);
      checkLifecycle(events);
      const added = events.find(({ type }) => type === 'response.output_item.added') as
        { item: Json } | undefined;
      expect(added!.item).toMatchObject({ type: 'reasoning', summary: [] });
      expect(added!.item).not.toHaveProperty('encrypted_content');
      const [reasoning, message] = (events.at(-1) as unknown as { response: { output: Json[] } }).response
        .output;
      expect(reasoning).toMatchObject({
        type: 'reasoning',
        encrypted_content: expect.stringMatching(SEALED) as string,
      });
      expect(message).toMatchObject({ type: 'message' });
      expect(JSON.stringify(foldStream(events)[0])).toContain('encrypted_content');
      expect(headers).not.toHaveProperty('x-gateway-ignored');
    });

    it('should be the same without streaming', async () => {
      const [reasoning] = await think(form);
      checkResponse({ ...(await whole(form)) });
      expect(reasoning!.encrypted_content).toMatch(SEALED);
      expect(reasoning!.summary).toHaveLength(form === 'summary' ? 1 : 0);
      expect('content' in reasoning!).toBe(form === 'text' || form === 'open-responses');
    });

    it('should be read again as what the model thought', async () => {
      const output = await think(form);
      expect(await goOn(output)).toBe(200);
      expect(chatMessages()[1]).toEqual({
        role: 'assistant',
        content: 'Four.',
        reasoning_content: 'First I add, then I check.',
      });
    });
  });

  const whole = async (form: string): Promise<Json> => {
    upstream.reply(completion({ reasoning: 'Hm.', content: 'Four.' }));
    return (await create({ include: INCLUDE }, 'sk-one', form)).body as Json;
  };

  it('should be left out where nobody asked for it', async () => {
    upstream.reply(completion({ reasoning: 'Hm.', content: 'Four.' }));
    const { body } = await create({});
    expect(JSON.stringify(body)).not.toContain('encrypted_content');
    upstream.reply(completion({ reasoning: 'Hm.', content: 'Four.' }));
    const off = await create({}, 'sk-one', 'off');
    expect((off.body as { output: Json[] }).output).toHaveLength(1);
  });

  it('should show nothing of the text where reasoning is off', async () => {
    const output = await think('off');
    expect(output).toEqual([
      {
        type: 'reasoning',
        id: expect.stringMatching(/^rs_/) as string,
        status: 'completed',
        summary: [],
        encrypted_content: expect.stringMatching(SEALED) as string,
      },
      expect.objectContaining({ type: 'message' }),
    ]);
    expect(JSON.stringify(output)).not.toContain('I add');
  });

  it('should be preferred over a summary the client has changed', async () => {
    const [reasoning, message] = await think();
    const changed = { ...reasoning, summary: [{ type: 'summary_text', text: 'Something else.' }] };
    await goOn([changed, message]);
    expect(chatMessages()[1]!.reasoning_content).toBe('First I add, then I check.');
  });

  it.each<[string, (sealed: string) => unknown]>([
    ['changed', (sealed) => `A${sealed.slice(1, -3)}AAA`],
    ['of another server', () => 'gAAAAABpM0Yj-foreign=='],
    ['empty', () => ''],
    ['null', () => null],
  ])('should give way to the summary when it is %s', async (_what, change) => {
    const [reasoning, message] = await think();
    const sealed = String(reasoning!.encrypted_content);
    const summary = [{ type: 'summary_text', text: 'In short: added.' }];
    expect(await goOn([{ ...reasoning, summary, encrypted_content: change(sealed) }, message])).toBe(200);
    expect(chatMessages()[1]!.reasoning_content).toBe('In short: added.');
  });

  it('should not be read for another caller', async () => {
    const [reasoning, message] = await think('off');
    expect(await goOn([reasoning, message], 'sk-two')).toBe(200);
    expect(chatMessages()[1]).toEqual({ role: 'assistant', content: 'Four.' });
  });

  it('should not be read as a compaction', async () => {
    const [reasoning] = await think();
    expect(await goOn([{ type: 'compaction', encrypted_content: reasoning!.encrypted_content }])).toBe(200);
    expect(chatMessages()[1]!.content).toContain('cannot be read here');
    expect(JSON.stringify(chatMessages())).not.toContain('I add');
  });

  it('should refuse an envelope that is no text', async () => {
    const reasoning = { type: 'reasoning', summary: [], encrypted_content: 5 };
    const { status, body } = await create({ input: [reasoning] });
    expect(status).toBe(400);
    expect(body).toMatchObject({ error: { param: 'input[0].encrypted_content' } });
  });

  it('should go into the message of the calls it led to', async () => {
    upstream.reply(
      chatStream(
        [reasoningDelta('I must search.'), toolCallStart(0, 'call_up', 'search'), toolArguments(0, '{}')],
        { finish: 'tool_calls' },
      ),
    );
    const { events } = await stream({ include: INCLUDE, tools: [TOOL] }, 'off');
    checkLifecycle(events);
    const { output } = (events.at(-1) as unknown as { response: { output: Json[] } }).response;
    const { call_id } = output[1]!;
    await goOn([...output, { type: 'function_call_output', call_id, output: 'found' }]);
    expect(chatMessages()[1]).toMatchObject({
      role: 'assistant',
      reasoning_content: 'I must search.',
      tool_calls: [{ id: call_id, function: { name: 'search' } }],
    });
  });

  it('should be kept of reasoning that used up the budget', async () => {
    upstream.reply(
      chatStream([reasoningDelta('On and on')], {
        finish: 'length',
        usage: usageOf(12, 16, { reasoning: 16 }),
      }),
    );
    const { events } = await stream({ include: INCLUDE, max_output_tokens: 16 });
    checkLifecycle(events);
    expect(events.at(-1)).toMatchObject({
      type: 'response.incomplete',
      response: {
        incomplete_details: { reason: 'max_output_tokens' },
        output: [
          {
            type: 'reasoning',
            status: 'incomplete',
            encrypted_content: expect.stringMatching(SEALED) as string,
          },
        ],
        usage: { output_tokens_details: { reasoning_tokens: 16 } },
      },
    });
  });

  it('should stand on each reasoning item of an answer', async () => {
    upstream.reply(chatStream([reasoningDelta('One.'), 'Text. ', reasoningDelta('Two.'), 'More.']));
    const { events } = await stream({ include: INCLUDE });
    checkLifecycle(events);
    const { output } = (events.at(-1) as unknown as { response: { output: Json[] } }).response;
    const sealed = output.filter(({ type }) => type === 'reasoning').map((item) => item.encrypted_content);
    expect(new Set(sealed).size).toBe(2);
  });
});

describe('envelopes of an extension', () => {
  class NumberedEnvelopes extends EnvelopeSealer {
    private readonly kept: string[] = [];

    override seal(kind: EnvelopeKind, payload: string, callerId: string): string {
      return `${kind}-${this.kept.push(`${callerId}:${payload}`)}`;
    }

    override open(kind: EnvelopeKind, text: string, callerId: string): string | null {
      const kept = this.kept[Number(text.replace(`${kind}-`, '')) - 1];
      return kept?.startsWith(`${callerId}:`) ? kept.slice(callerId.length + 1) : null;
    }
  }

  @Module({
    providers: [{ provide: EnvelopeSealer, useClass: NumberedEnvelopes }],
    exports: [EnvelopeSealer],
  })
  class NumberedEnvelopesModule {}

  it('should take the place of the default', async () => {
    const upstream = await startFakeUpstream();
    const gateway = await createTestApp({
      extensions: [NumberedEnvelopesModule],
      environment: { UPSTREAM_BASE_URL: upstream.url },
    });
    const post = (input: unknown) =>
      postJson(`${gateway.url}/v1/responses`, { model: 'test-model', input, include: INCLUDE });
    upstream.reply(completion({ reasoning: 'Hm.', content: 'Four.' }));
    const { body } = await post('q');
    const { output } = body as { output: Json[] };
    upstream.reply(completion({ content: 'ok' }));
    await post([...output, { role: 'user', content: 'and?' }]);
    const { messages } = upstream.chats[1]!.body as { messages: Json[] };
    await gateway.close();
    await upstream.close();
    expect(output[0]).toMatchObject({ encrypted_content: 'reasoning-1' });
    expect(messages[0]).toMatchObject({ reasoning_content: 'Hm.' });
  });
});

describe('reasoning in envelopes on the simulator', () => {
  it('should go round', async () => {
    const gateway = await createTestApp();
    const url = `${gateway.url}/v1/responses`;
    const first = await postStream(url, {
      model: 'default',
      input: 'Think, then reply exactly: pong',
      include: INCLUDE,
      stream: true,
    });
    checkLifecycle(first.events);
    const { output } = (first.events.at(-1) as unknown as { response: { output: Json[] } }).response;
    expect(output[0]).toMatchObject({
      type: 'reasoning',
      encrypted_content: expect.stringMatching(SEALED) as string,
    });
    const second = await postStream(url, {
      model: 'default',
      input: [...output, { role: 'user', content: 'Reply exactly: again' }],
      stream: true,
    });
    await gateway.close();
    checkLifecycle(second.events);
    expect(second.events.at(-1)).toMatchObject({ response: { output_text: 'again' } });
  });
});
