import { recordOf, type Json } from './json.js';
import { everywhere, inDoneItems, itemsSwapped, renumbered, survivors } from './mutants.js';
import { sampleStreams } from './sample-streams.js';

describe('named mutations', () => {
  const inTerminal = (name: string, fields: Json): Json[] => {
    const events = sampleStreams()[name]!;
    Object.assign(recordOf(events.at(-1)?.response), fields);
    return events;
  };
  const insert = (name: string, index: number, event: Json): Json[] => {
    const events = sampleStreams()[name]!;
    events.splice(index, 0, event);
    return renumbered(events);
  };
  const usage = (fields: Json): Json => ({
    ...(recordOf(sampleStreams().text!.at(-1)?.response).usage as Json),
    ...fields,
  });
  const textDelta = {
    type: 'response.output_text.delta',
    item_id: 'msg_1',
    output_index: 0,
    content_index: 0,
    delta: '',
    logprobs: [],
  };

  it.each<[string, () => Json[]]>([
    ['a completed response with an incomplete item', () => inDoneItems('text', 0, { status: 'incomplete' })],
    ['half a character in a delta', () => everywhere('text', 'Hello', 'H\ud83d')],
    ['a done item in progress', () => inDoneItems('incomplete', 0, { status: 'in_progress' })],
    ['another id in done than in added', () => inDoneItems('text', 0, { id: 'msg_2' })],
    [
      'another call_id in done than in added',
      () => inDoneItems('two parallel calls', 0, { call_id: 'call_9' }),
    ],
    ['another name in done than in added', () => inDoneItems('two parallel calls', 0, { name: 'other' })],
    ['another role in done than in added', () => inDoneItems('text', 0, { role: 'user' })],
    [
      'other arguments in the done item',
      () => inDoneItems('two parallel calls', 0, { arguments: '{"q":"b"}' }),
    ],
    [
      'a null field in an item',
      () => inDoneItems('reasoning summary and text', 0, { encrypted_content: null }),
    ],
    [
      'reasoning content that was never streamed',
      () =>
        inDoneItems('reasoning summary and text', 0, {
          content: [{ type: 'reasoning_text', text: 'secret' }],
        }),
    ],
    ['a message id without its prefix', () => everywhere('text', 'msg_1', 'item_1')],
    ['a message id that is only its prefix', () => everywhere('text', 'msg_1', 'msg_')],
    ['a call id of the wrong prefix', () => everywhere('two parallel calls', 'fc_1', 'call_item_1')],
    [
      'a reasoning id of the wrong prefix',
      () => everywhere('reasoning summary and text', 'rs_1', 'reason_1'),
    ],
    ['a response id without its prefix', () => everywhere('text', 'resp_1', 'chatcmpl_1')],
    ['two items with the same id', () => everywhere('two parallel calls', 'fc_2', 'fc_1')],
    ['two calls with the same call_id', () => everywhere('two parallel calls', 'call_2', 'call_1')],
    ['an empty call_id', () => everywhere('two parallel calls', 'call_1', '')],
    ['an empty function name', () => everywhere('two parallel calls', '"name":"search"', '"name":""')],
    ['a compaction with a status', () => inDoneItems('a compaction', 0, { status: 'completed' })],
    ['a compaction without content', () => everywhere('a compaction', '"AQ"', '""')],
    ['a compaction that is added with its content', () => everywhere('a compaction', '""', '"AQ"')],
    ['a compaction id of the wrong prefix', () => everywhere('a compaction', 'cmp_1', 'item_1')],
    ['reasoning with an empty envelope', () => everywhere('sealed reasoning and text', '"AQ"', '""')],
    ['a compaction before another item', () => itemsSwapped('text and a compaction')],
    [
      'a compaction in an incomplete response',
      () =>
        everywhere('a compaction', 'response.completed', 'response.incomplete').map((event) =>
          event.type === 'response.incomplete'
            ? {
                ...event,
                response: {
                  ...recordOf(event.response),
                  status: 'incomplete',
                  completed_at: null,
                  incomplete_details: { reason: 'max_output_tokens' },
                },
              }
            : event,
        ),
    ],
    ['output indices from 1', () => everywhere('text', '"output_index":0', '"output_index":1')],
    ['output indices all 0', () => everywhere('two parallel calls', '"output_index":1', '"output_index":0')],
    ['content indices from 1', () => everywhere('text', '"content_index":0', '"content_index":1')],
    [
      'summary indices from 1',
      () => everywhere('reasoning summary and text', '"summary_index":0', '"summary_index":1'),
    ],
    [
      'sequence numbers from 1',
      () => sampleStreams().text!.map((event, n) => ({ ...event, sequence_number: n + 1 })),
    ],
    [
      'sequence numbers as strings',
      () => sampleStreams().text!.map((event, n) => ({ ...event, sequence_number: String(n) })),
    ],
    ['a call without arguments as ""', () => everywhere('two parallel calls', '"{}"', '""')],
    ['arguments of a completed call cut off', () => everywhere('two parallel calls', '"{}"', '"{"')],
    ['arguments that are a JSON array', () => everywhere('two parallel calls', '"{}"', '"[]"')],
    [
      'the events of OpenAI and Open Responses mixed',
      () => everywhere('reasoning text and text', 'response.reasoning_text.done', 'response.reasoning.done'),
    ],
    [
      'text deltas in a refusal',
      () => everywhere('refusal', 'response.refusal.delta', 'response.output_text.delta'),
    ],
    ['a part of type text', () => everywhere('text', '"output_text"', '"text"')],
    ['an unknown item type', () => everywhere('text', '"type":"message"', '"type":"note"')],
    [
      'output_text in response.created',
      () => {
        const events = sampleStreams().text!;
        Object.assign(recordOf(events[0]!.response), { output_text: '' });
        return events;
      },
    ],
    ['an output_text that is not the text', () => inTerminal('text', { output_text: 'Hello' })],
    [
      'output in another order',
      () => {
        const events = sampleStreams()['two parallel calls']!;
        (recordOf(events.at(-1)?.response).output as Json[]).reverse();
        return events;
      },
    ],
    [
      'an output item that was never streamed',
      () => {
        const events = sampleStreams().empty!;
        const { output } = recordOf(sampleStreams()['two parallel calls']!.at(-1)?.response);
        Object.assign(recordOf(events.at(-1)?.response), { output });
        return events;
      },
    ],
    [
      'completed_at on an incomplete response',
      () => inTerminal('incomplete', { completed_at: 1_795_337_549 }),
    ],
    ['completed_at on a failed response', () => inTerminal('failed', { completed_at: 1_795_337_549 })],
    ['completed_at before created_at', () => inTerminal('text', { completed_at: 1 })],
    [
      'incomplete_details on a completed response',
      () => inTerminal('text', { incomplete_details: { reason: 'content_filter' } }),
    ],
    [
      'an unknown incomplete reason',
      () => inTerminal('incomplete', { incomplete_details: { reason: 'length' } }),
    ],
    [
      'no incomplete_details on an incomplete response',
      () => inTerminal('incomplete', { incomplete_details: null }),
    ],
    [
      'an error on a completed response',
      () => inTerminal('text', { error: { code: 'server_error', message: 'm' } }),
    ],
    [
      'an error on an incomplete response',
      () => inTerminal('incomplete', { error: { code: 'server_error', message: 'm' } }),
    ],
    ['no error on a failed response', () => inTerminal('failed', { error: null })],
    ['an open error code', () => everywhere('failed', '"code":"server_error"', '"code":"upstream_error"')],
    [
      'another error in response.failed than in the error event',
      () =>
        inTerminal('failed', {
          error: { code: 'invalid_prompt', message: 'The model server returned an error.' },
        }),
    ],
    [
      'the status of another event',
      () =>
        inTerminal('text', {
          status: 'incomplete',
          completed_at: null,
          incomplete_details: { reason: 'content_filter' },
        }),
    ],
    ['no usage on a completed response', () => inTerminal('text', { usage: null })],
    ['no usage on an incomplete response', () => inTerminal('incomplete', { usage: null })],
    ['a total that is not the sum', () => inTerminal('text', { usage: usage({ total_tokens: 18 }) })],
    ['negative usage', () => inTerminal('text', { usage: usage({ output_tokens: -1, total_tokens: 11 }) })],
    [
      'usage with a fraction',
      () => inTerminal('text', { usage: usage({ output_tokens: 1.5, total_tokens: 13.5 }) }),
    ],
    [
      'usage without details',
      () => inTerminal('text', { usage: usage({ input_tokens_details: undefined }) }),
    ],
    [
      'usage with null details',
      () => inTerminal('text', { usage: usage({ output_tokens_details: { reasoning_tokens: null } }) }),
    ],
    [
      'usage in the names of chat completions',
      () => inTerminal('text', { usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } }),
    ],
    ['a half usage on a failed response', () => inTerminal('failed', { usage: { total_tokens: 1 } })],
    ['a changed model', () => inTerminal('text', { model: 'another' })],
    ['a changed echo of a tool', () => inTerminal('text', { tools: [] })],
    ['an empty object as reasoning echo', () => everywhere('text', '{"effort":"low","summary":null}', '{}')],
    ['an allowed_tools echo without mode', () => everywhere('text', '"mode":"auto",', '')],
    ['a null verbosity', () => everywhere('text', '"text":{"format"', '"text":{"verbosity":null,"format"')],
    ['a tool echo without strict', () => everywhere('text', ',"strict":null', '')],
    ['a delta after the text was done', () => insert('text', 7, textDelta)],
    ['a delta after the part was done', () => insert('text', 8, textDelta)],
    ['a delta after the item was done', () => insert('text', 9, textDelta)],
    ['a delta after the terminal event', () => insert('text', 10, textDelta)],
    ['a delta for an item that was never added', () => insert('text', 5, { ...textDelta, item_id: 'msg_9' })],
    [
      'a delta for the item of another index',
      () => insert('two parallel calls', 8, { ...textDelta, item_id: 'fc_1', output_index: 1 }),
    ],
    ['an unknown event', () => insert('text', 4, { type: 'ping' })],
    [
      'an annotation event that the contract does not have',
      () => insert('text', 4, { type: 'response.output_text.annotation.added' }),
    ],
    [
      'an error event in the middle of a good stream',
      () => insert('text', 4, sampleStreams().failed!.at(-2)!),
    ],
    ['an item event between the error and response.failed', () => insert('failed', 10, textDelta)],
    [
      'a failed response without error event',
      () => renumbered(sampleStreams().failed!.filter(({ type }) => type !== 'error')),
    ],
    [
      'a second terminal event of another kind',
      () => insert('text', 10, sampleStreams().incomplete!.at(-1)!),
    ],
    [
      'an item left open at the end',
      () =>
        renumbered(
          sampleStreams()['two calls open at once']!.filter(
            ({ type, output_index: n }) => !(n === 1 && String(type).endsWith('item.done')),
          ),
        ),
    ],
    [
      'all events of one item missing but not in the output',
      () => renumbered(sampleStreams()['two parallel calls']!.filter(({ output_index: n }) => n !== 1)),
    ],
    [
      'logprobs dropped from the deltas',
      () =>
        sampleStreams().logprobs!.map((event) =>
          String(event.type).endsWith('text.delta') ? { ...event, logprobs: [] } : event,
        ),
    ],
    ['a null instead of logprobs', () => everywhere('text', '"logprobs":[]', '"logprobs":null')],
    [
      'full arguments already in output_item.added',
      () => {
        const events = sampleStreams()['two parallel calls']!;
        Object.assign(recordOf(events[2]!.item), { arguments: '{"q": "a"}' });
        return events;
      },
    ],
    [
      'an added item that is already completed',
      () => {
        const events = sampleStreams().text!;
        Object.assign(recordOf(events[2]!.item), { status: 'completed' });
        return events;
      },
    ],
  ])('should reject %s', (_, mutate) => {
    expect(JSON.stringify(mutate())).not.toBe(JSON.stringify(sampleStreams().text));
    expect(survivors([['mutant', mutate()]])).toEqual([]);
  });
});
