import {
  functionTool,
  mediaPolicy,
  plainEnvelopes,
  profileWith,
  refusalOf,
} from '../../../test/support/translation.js';
import type { CreateResponseBody } from '../../contracts/responses-request.js';
import type { TranslationContext } from '../request/translate-request.js';
import { COMPACTION_INSTRUCTION, introduceSummary } from './compaction-texts.js';
import { asksForCompaction, translateCompaction } from './translate-compaction.js';

const user = (content: string) => ({ role: 'user', content });
const TRIGGER = { type: 'compaction_trigger' };
const CONTEXT: TranslationContext = {
  profile: profileWith(),
  upstreamModel: 'm',
  model: 'm',
  reasoningOutput: 'summary',
  responseId: 'resp_1',
  createdAt: 1,
  envelopes: plainEnvelopes,
  media: mediaPolicy,
  unknownFields: {},
};
const translate = (body: CreateResponseBody) => translateCompaction(body, CONTEXT);

describe('the wish for a compaction', () => {
  it.each<[unknown, boolean]>([
    [[user('a'), TRIGGER], true],
    [[TRIGGER, user('a')], false],
    [[user('a')], false],
    [[], false],
    ['compaction_trigger', false],
    [undefined, false],
    [[null], false],
  ])('should be seen in the last item alone: %j', (input, expected) => {
    expect(asksForCompaction(input)).toBe(expected);
  });
});

describe('a translated compaction', () => {
  const body = {
    input: [user('a'), TRIGGER],
    tools: [functionTool('f')],
    tool_choice: 'required',
    parallel_tool_calls: false,
    text: { format: { type: 'json_schema', name: 'o', schema: { type: 'object' }, strict: true } },
    stop: 'END',
    top_logprobs: 3,
    include: ['message.output_text.logprobs', 'reasoning.encrypted_content'],
    temperature: 0.2,
    max_output_tokens: 500,
    reasoning: { effort: 'low' },
    prompt_cache_key: 'k',
  };

  it('should ask for plain text at the end of the conversation, sampled as the client wishes', () => {
    expect(translate(body).chat).toEqual({
      model: 'm',
      messages: [user('a'), user(COMPACTION_INSTRUCTION)],
      temperature: 0.2,
      max_completion_tokens: 500,
      reasoning_effort: 'low',
    });
  });

  it('should plan for one item without calls, stop texts or schema', () => {
    expect(translate(body).plan).toMatchObject({
      compaction: true,
      allowedTools: new Set(),
      mustCall: null,
      outputFormat: null,
      stop: [],
      toolParser: null,
      ignored: ['prompt_cache_key'],
    });
  });

  it('should echo what was asked for', () => {
    expect(translate(body).response).toMatchObject({
      tools: [{ name: 'f' }],
      tool_choice: 'required',
      parallel_tool_calls: false,
      text: { format: { name: 'o' } },
      top_logprobs: 3,
    });
  });

  it('should carry an earlier summary over', () => {
    const sealed = { type: 'compaction', encrypted_content: plainEnvelopes.seal('compaction', 'note') };
    expect(translate({ input: [sealed, TRIGGER] }).chat.messages).toEqual([
      user(introduceSummary('note')),
      user(COMPACTION_INSTRUCTION),
    ]);
  });

  it('should be refused where there is nothing to compact, or something is wrong', () => {
    expect(refusalOf(() => translate({ input: [TRIGGER] }))).toMatchObject({ status: 400, param: 'input' });
    expect(refusalOf(() => translate({ input: [{ type: 5 }, TRIGGER] }))).toMatchObject({
      param: 'input[0].type',
    });
    expect(refusalOf(() => translate({ ...body, tool_choice: 'maybe' }))).toMatchObject({
      param: 'tool_choice',
    });
  });
});
