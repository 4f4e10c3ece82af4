import {
  type CallHandler,
  type DynamicModule,
  type ExecutionContext,
  Module,
  type NestInterceptor,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import type { Observable } from 'rxjs';
import type { ChatRequest } from '../../src/contracts/chat-completions.js';
import type { ResponseObject } from '../../src/contracts/responses-api.js';
import { type ServedTool, tapEvents, ToolExecutor, type ToolOutcome, type ToolSet } from '../../src/index.js';
import { createTestApp } from '../support/create-test-app.js';
import { DeskTools, deskModule } from '../support/desk-tools.js';
import { expectEnvelope } from '../support/error-envelope.js';
import {
  chatStream,
  completion,
  errorBody,
  textDelta,
  toolArguments,
  toolCallStart,
  usageOf,
} from '../support/fake-upstream.js';
import { postJson, postStream } from '../support/http-client.js';
import { checkLifecycle } from '../support/lifecycle-oracle.js';
import { useGateway } from '../support/use-gateway.js';
import { createAnswer, kindsOf } from '../support/whole-answers.js';

const LISTS: Record<string, () => unknown> = {
  hang: () => new Promise(() => undefined),
  throw: () => {
    throw new Error('of the inside');
  },
  'give nothing': () => null,
  'give rubbish': () => [null, 5, { name: '' }, { name: 'ok', description: 5, inputSchema: [] }],
};

/** What its tools come to is what the call says. */
@ToolExecutor({ label: 'odd' })
class OddTools implements ToolSet {
  static list = 'give rubbish';

  list(): ServedTool[] {
    return LISTS[OddTools.list]?.() as ServedTool[];
  }

  call(_name: string, args: Record<string, unknown>): ToolOutcome {
    return args as unknown as ToolOutcome;
  }
}

/** Fails at the first text of an answer, where it is told to. */
class Critic implements NestInterceptor {
  static isOn = false;

  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(
      tapEvents({
        next: ({ type }) => {
          if (Critic.isOn && type === 'response.output_text.delta') throw new Error('not this');
        },
      }),
    );
  }
}

/** Offered to everybody, and never there. */
@ToolExecutor({ label: 'eager', always: true })
class EagerTools implements ToolSet {
  list(): ServedTool[] {
    throw new Error('not today');
  }

  call(): string {
    return '';
  }
}

@Module({ providers: [EagerTools] })
class EagerModule {}

@Module({})
class OddModule {}
const oddModule: DynamicModule = {
  module: OddModule,
  providers: [OddTools, { provide: APP_INTERCEPTOR, useClass: Critic }],
};

const { upstream, gateway } = useGateway({
  extensions: [deskModule(), oddModule],
  environment: { MCP_ENABLED: 'false', MCP_ALLOWED_HOSTS: '*', MCP_LIST_TIMEOUT_MS: '300' },
  each: true,
});

const mcp = (label: string, options: object = {}) => ({
  type: 'mcp',
  server_label: label,
  require_approval: 'never',
  ...options,
});
const url = () => `${gateway.url}/v1/responses`;
const desk = () => gateway.app.get(DeskTools, { strict: false });
const user = { role: 'user', content: 'Do it' };
const ask = (options: object = {}) => ({ model: 'm', input: [user], tools: [mcp('desk')], ...options });
const chat = (turn: number) => upstream.chats[turn]?.body as ChatRequest;
const replyCall = (name: string, args: object = {}) => {
  upstream.reply(
    completion({ toolCalls: [{ id: 'c', name, arguments: JSON.stringify(args) }], usage: usageOf(10, 6) }),
  );
};
const approval = {
  type: 'mcp_approval_request',
  id: 'mcpr_1',
  server_label: 'desk',
  name: 'write',
  arguments: '{}',
};
const allowed = { type: 'mcp_approval_response', approval_request_id: 'mcpr_1', approve: true };

const create = (body: object) => createAnswer(url(), body);

describe('a class with tools, where servers are switched off', () => {
  it('should be used by its label, and no server by the same label', async () => {
    upstream.reply(completion({ content: 'Hi.' }));
    const named = await create(ask());
    expect(kindsOf(named)).toEqual(['mcp_list_tools', 'message']);
    upstream.reply(completion({ content: 'Hi.' }));
    const elsewhere = await postJson(
      url(),
      ask({ tools: [mcp('desk', { server_url: 'https://example.com/mcp' })] }),
    );
    expect(elsewhere.headers['x-gateway-ignored']).toContain('tools:mcp');
    expect(kindsOf(elsewhere.body as ResponseObject)).toEqual(['message']);
  });

  it.each([
    { tunnel_id: 't' },
    { server_label: 'two words' },
    { authorization: 'a', headers: { authorization: 'b' } },
  ])('should have other servers ignored as they are: %j', async (odd) => {
    upstream.reply(completion({ content: 'Hi.' }));
    const answer = await postJson(url(), ask({ tools: [mcp('docs', odd)] }));
    expect(answer.status).toBe(200);
    expect(answer.headers['x-gateway-ignored']).toContain('tools:mcp');
  });

  it.each(['hang', 'throw', 'give nothing'])(
    'should not hold or break an answer where its lists %s',
    async (list) => {
      OddTools.list = list;
      const answer = await postJson(url(), ask({ tools: [mcp('odd')] }));
      expectEnvelope(answer, {
        status: 424,
        type: 'external_connector_error',
        code: 'http_error',
        param: 'tools',
        message: "Error retrieving tool list from MCP server: 'odd'.",
      });
    },
  );

  it('should have what is no tool left out', async () => {
    OddTools.list = 'give rubbish';
    upstream.reply(completion({ content: 'Hi.' }));
    const { output } = await create(ask({ tools: [mcp('odd')] }));
    expect(output[0]).toMatchObject({ tools: [{ name: 'ok', input_schema: {} }] });
  });

  it.each([{}, { output: 5 }, { output: 'a', error: null }, { output: null, error: null }])(
    'should have its outcome read: %j',
    async (outcome) => {
      OddTools.list = 'give rubbish';
      replyCall('odd__ok', outcome);
      upstream.reply(completion({ content: 'Done.' }));
      const { output } = await create(ask({ tools: [mcp('odd')] }));
      expect(output[1]).toMatchObject({
        output: expect.any(String) as string,
        error: null,
        status: 'completed',
      });
    },
  );

  it.each([
    { mimeType: 'text/html', data: 'aGk=' },
    { mimeType: '', data: 'aGk=' },
    { mimeType: 'image/png', data: '<<<' },
    { mimeType: 'image/png', data: '' },
    { mimeType: 'image/png;x="', data: 'aGk=' },
    // A drawing under another name, as others begin, and nothing of an image at all.
    {
      mimeType: 'image/png',
      data: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>').toString('base64'),
    },
    { mimeType: 'image/svg+xml', data: 'aGk=' },
    5,
  ])('should not fail an answer with what is no image: %j', async (image) => {
    OddTools.list = 'give rubbish';
    replyCall('odd__ok', { output: 'a', error: null, images: [image] });
    upstream.reply(completion({ content: 'Done.' }));
    const { output } = await create(ask({ tools: [mcp('odd')] }));
    expect(output.at(-1)).toMatchObject({ type: 'message' });
    expect(JSON.stringify(chat(1).messages)).not.toContain('data:');
  });
});

describe('a class that is offered to everybody', () => {
  it('should not cost those an answer who have not asked for it', async () => {
    upstream.reply(completion({ content: 'Hi.' }));
    const other = await createTestApp({
      extensions: [EagerModule],
      environment: { UPSTREAM_BASE_URL: upstream.url },
    });
    const post = (body: object) => postJson(`${other.url}/v1/responses`, body);
    const unasked = await post({ model: 'm', input: 'Hi' });
    const asked = await post(ask({ tools: [mcp('eager')] }));
    await other.close();
    expect(kindsOf(unasked.body as ResponseObject)).toEqual(['message']);
    expect(asked.status).toBe(424);
  });
});

describe('a list in the input', () => {
  const list = (...names: string[]) => ({
    type: 'mcp_list_tools',
    id: 'mcpl_1',
    server_label: 'desk',
    tools: names.map((name) => ({ name, input_schema: {}, description: null, annotations: null })),
  });

  it('should not give a class tools that it does not have', async () => {
    replyCall('desk__secret');
    upstream.reply(completion({ content: 'No.' }));
    await create(ask({ input: [list('secret'), user] }));
    expect(desk().calls).toEqual([]);
  });

  it.each([
    ['of an earlier filter', list('echo')],
    ['that has failed', { ...list(), error: 'no' }],
  ])('should not hide what the request asks for: a list %s', async (_name, earlier) => {
    upstream.reply(completion({ content: 'Hi.' }));
    const answer = await create(
      ask({ input: [earlier, user], tools: [mcp('desk', { allowed_tools: ['write'] })] }),
    );
    expect(chat(0).tools?.map((tool) => tool.function.name)).toEqual(['desk__write']);
    expect(kindsOf(answer)).toEqual(['mcp_list_tools', 'message']);
  });
});

describe('what a request says', () => {
  it.each(['none', { type: 'none' }])(
    'should hold behind what was allowed: tool_choice %j',
    async (choice) => {
      upstream.reply(completion({ content: 'Written.' }));
      await create(ask({ input: [user, approval, allowed], tool_choice: choice }));
      expect(desk().calls.length).toBe(1);
      expect(chat(0)).not.toHaveProperty('tools');
    },
  );

  it('should hold over the turns: max_output_tokens', async () => {
    replyCall('desk__echo');
    upstream.reply(completion({ content: 'Hi.', usage: usageOf(10, 2) }));
    const response = await create(ask({ max_output_tokens: 20 }));
    expect([chat(0), chat(1)].map(limitOf)).toEqual([20, 14]);
    expect(response).toMatchObject({ status: 'completed', max_output_tokens: 20 });
  });

  it('should end the answer where the model has written all that it may', async () => {
    replyCall('desk__echo');
    const response = await create(ask({ max_output_tokens: 6 }));
    expect(response).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      output: [{ type: 'mcp_list_tools' }, { type: 'mcp_call', status: 'completed' }],
    });
    expect(upstream.chats.length).toBe(1);
  });

  it('should hold for what was allowed too: max_tool_calls', async () => {
    upstream.reply(completion({ content: 'One.' }));
    const second = { ...approval, id: 'mcpr_2' };
    const both = [user, approval, second, allowed, { ...allowed, approval_request_id: 'mcpr_2' }];
    const response = await create(ask({ input: both, max_tool_calls: 1 }));
    expect(response.output.map((item) => (item as { status?: string }).status)).toEqual([
      undefined,
      'completed',
      'failed',
      'completed',
    ]);
    expect(desk().calls.length).toBe(1);
  });

  it('should be understood where the client keeps calls and their outputs together', async () => {
    upstream.reply(completion({ content: 'Done.' }));
    const call = { type: 'function_call', call_id: 'c', name: 'look_up', arguments: '{}' };
    const output = { type: 'function_call_output', call_id: 'c', output: 'found' };
    await create(ask({ input: [user, approval, allowed, call, output] }));
    expect(desk().calls.length).toBe(1);
  });

  it('should have the model told the truth of a call that cannot be made', async () => {
    upstream.reply(completion({ content: 'Pity.' }));
    await create(ask({ input: [user, approval, allowed], tools: [] }));
    expect(chat(0).messages.at(-1)?.content).toContain('but it was not carried out');
  });

  it('should be summed up, and nothing else, where it asks for that', async () => {
    upstream.reply(completion({ content: 'They want it written.' }));
    const response = await create(ask({ input: [user, approval, allowed, { type: 'compaction_trigger' }] }));
    expect(kindsOf(response)).toEqual(['compaction']);
    expect(desk().calls).toEqual([]);
  });
});

describe('an answer that fails after its tools were run', () => {
  const failing = { status: 503, body: errorBody(503, 'overloaded', 'Too busy.') };

  it('should not invite clients to repeat it', async () => {
    replyCall('desk__write');
    upstream.reply(failing);
    const answer = await postJson(url(), ask());
    expect(answer).toMatchObject({
      status: 424,
      headers: { 'x-should-retry': 'false' },
      body: { error: { code: 'failed_after_calls' } },
    });
    expect(answer.headers).not.toHaveProperty('retry-after');
  });

  it('should not do so either where something else has ended it', async () => {
    Critic.isOn = true;
    replyCall('desk__write');
    upstream.reply(completion({ content: 'Written.' }));
    const answer = await postJson(url(), ask());
    upstream.reply(completion({ content: 'Hi.' }));
    const without = await postJson(url(), ask());
    Critic.isOn = false;
    expect(answer).toMatchObject({ status: 424, headers: { 'x-should-retry': 'false' } });
    expect(without.status).toBe(500);
  });

  it('should still do so where nothing was run', async () => {
    upstream.reply(failing);
    expect((await postJson(url(), ask())).status).toBe(503);
  });

  it('should not have an allowed call made once more', async () => {
    const body = ask({ input: [user, approval, allowed] });
    const headers = { 'x-request-id': 'the-same' };
    upstream.reply(failing);
    expect((await postJson(url(), body, headers)).status).toBe(424);
    upstream.reply(completion({ content: 'It was made.' }));
    const { output } = (await postJson(url(), body, headers)).body as ResponseObject;
    expect(output[1]).toMatchObject({ type: 'mcp_call', status: 'failed' });
    expect(desk().calls.length).toBe(1);
  });

  it('should have the question end in results, whatever was said behind the calls', async () => {
    upstream.reply(
      chatStream([toolCallStart(0, 'c', 'desk__echo'), toolArguments(0, '{}'), textDelta('Wait.')]),
    );
    upstream.reply(chatStream([textDelta('Done.')]));
    const { events } = await postStream(url(), ask({ stream: true }));
    checkLifecycle(events);
    expect(chat(1).messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool']);
  });
});

function limitOf(request: ChatRequest): unknown {
  return request.max_completion_tokens ?? request.max_tokens;
}
