import { recordOf, type Json } from './json.js';
import { checkLifecycle, checkResponse, foldStream, normaliseIds } from './lifecycle-oracle.js';
import { call, callEvents, finishedResponse, sampleStreams, stream } from './sample-streams.js';

const samples = (): [string, Json[]][] => Object.entries(sampleStreams());

/** A cut-off call: clients must not run it, so its arguments need not be announced as done. */
function truncatedCall(): Json[] {
  const item = call('1', '{"q": "lm', 'incomplete');
  const events = callEvents(0, item, ['{"q": ', '"lm']).filter(
    ({ type }) => !String(type).endsWith('arguments.done'),
  );
  return stream(...events, { type: 'response.incomplete', response: finishedResponse('incomplete', [item]) });
}

function violationsOf(events: unknown[], options = {}): string {
  try {
    checkLifecycle(events, options);
    return '';
  } catch (error) {
    return String(error);
  }
}

describe('checkLifecycle', () => {
  it.each(samples())('should accept the stream "%s"', (_, events) => {
    expect(violationsOf(events)).toBe('');
    expect(violationsOf(events, { schema: false })).toBe('');
  });

  it('should accept a cut-off call with and without arguments.done', () => {
    expect(violationsOf(truncatedCall())).toBe('');
    const item = call('1', '{"q"', 'incomplete');
    const last = { type: 'response.incomplete', response: finishedResponse('incomplete', [item]) };
    expect(violationsOf(stream(...callEvents(0, item, ['{"q"']), last))).toBe('');
  });

  it('should take keepalive events only when allowed', () => {
    const events = sampleStreams().text!;
    const withPing = [...events.slice(0, 4), { type: 'keepalive' }, ...events.slice(4)];
    expect(violationsOf(withPing)).toContain('#4 keepalive: is not a known event type');
    expect(violationsOf(withPing, { allowKeepalive: true })).toBe('');
    const numbered = withPing.map((event, index) => ({ ...event, sequence_number: index }));
    expect(violationsOf(numbered, { allowKeepalive: true })).toBe('');
    const afterEnd = [...events, { type: 'keepalive' }];
    expect(violationsOf(afterEnd, { allowKeepalive: true })).toContain('follows the terminal event');
  });

  it('should take response.queued only when allowed', () => {
    const [created, inProgress, ...rest] = sampleStreams().text!;
    const queued = (event: Json, type: string): Json => ({
      ...event,
      type,
      response: { ...recordOf(event.response), status: 'queued' },
    });
    const events = [
      queued(created!, 'response.created'),
      queued(created!, 'response.queued'),
      inProgress!,
      ...rest,
    ];
    const numbered = events.map((event, index) => ({ ...event, sequence_number: index }));
    expect(violationsOf(numbered)).toContain('#1 response.queued: is not expected here');
    expect(violationsOf(numbered, { allowQueued: true })).toBe('');
  });

  it('should accept a stream that the client left only as partial', () => {
    const begin = sampleStreams().text!.slice(0, 5);
    expect(violationsOf(begin)).toContain('there was no terminal event');
    expect(violationsOf(begin, { partial: true })).toBe('');
  });

  it('should accept invalid arguments of a completed call only when allowed', () => {
    const item = call('1', '{oops');
    const last = { type: 'response.completed', response: finishedResponse('completed', [item]) };
    const events = stream(...callEvents(0, item, ['{oops']), last);
    expect(violationsOf(events)).toContain('not a JSON object');
    expect(violationsOf(events, { allowInvalidArguments: true })).toBe('');
  });

  it('should list all violations with their event', () => {
    const events = sampleStreams().text!;
    events[4] = { ...events[4], delta: 'Hallo' };
    events[5] = { ...events[5], output_index: 3 };
    const found = violationsOf(events, { schema: false });
    expect(found).toMatch(/\(\d violations\)/);
    expect(found).toContain('#5 response.output_text.delta: output_index is 3');
    expect(found).toContain('#6 response.output_text.done: text is "Hello you", the deltas "Hallo you"');
  });

  it('should judge events as they look on the wire', () => {
    const events = sampleStreams().text!.map((event): Json => ({ ...event, obfuscation: undefined }));
    expect(violationsOf(events)).toBe('');
    events[4] = { ...events[4], content_index: Number.NaN };
    expect(violationsOf(events)).not.toBe('');
  });

  it.each([[undefined], [null], [1], ['text'], [[]], [{}], [{ type: 1 }], [{ type: 'ping' }]])(
    'should reject a stream that holds %j',
    (event) => {
      const events = sampleStreams().text!;
      expect(violationsOf([...events.slice(0, 3), event, ...events.slice(3)])).not.toBe('');
    },
  );

  it('should reject an empty stream', () => {
    expect(violationsOf([])).toContain('there was no terminal event');
  });
});

describe('checkResponse', () => {
  const terminalOf = (events: Json[]): Json => recordOf(events.at(-1)?.response);

  it.each(samples().filter(([, events]) => events.at(-1)?.type !== 'response.failed'))(
    'should accept the final response of "%s"',
    (_, events) => {
      expect(() => {
        checkResponse(terminalOf(events));
      }).not.toThrow();
    },
  );

  it('should accept a failed response only when allowed', () => {
    const failed = terminalOf(sampleStreams().failed!);
    expect(() => {
      checkResponse(failed);
    }).toThrow(/must be an HTTP error/);
    expect(() => {
      checkResponse(failed, { allowFailed: true });
    }).not.toThrow();
  });

  it.each([
    ['queued', /not a final one/],
    ['in_progress', /not a final one/],
    ['cancelled', /it is cancelled, and no background response/],
  ])('should reject the status %s', (status, reason) => {
    expect(() => {
      checkResponse({ ...terminalOf(sampleStreams().text!), status });
    }).toThrow(reason);
  });

  it('should reject repeated item ids and call ids, and what is no object', () => {
    const twice = finishedResponse('completed', [call('1', '{}'), call('1', '{}')]);
    expect(() => {
      checkResponse(twice);
    }).toThrow(/repeated item id[^]*repeated call_id/);
    expect(() => {
      checkResponse(undefined);
    }).toThrow(/not an object/);
  });
});

describe('foldStream', () => {
  it.each(samples())('should fold "%s" to the output of its terminal event', (_, events) => {
    expect(foldStream(events)).toEqual(recordOf(events.at(-1)?.response).output);
  });

  it('should not look at the texts of done events', () => {
    const events = sampleStreams().text!.filter(({ type }) => /added|delta|item\.done/.test(String(type)));
    expect(foldStream(events)).toMatchObject([{ status: 'completed', content: [{ text: 'Hello you' }] }]);
  });
});

describe('tool_search_call', () => {
  const item = (fields: Json): Json => ({
    type: 'tool_search_call',
    id: 'tsc_1',
    call_id: 'call_1',
    ...fields,
  });
  const events = (args: unknown): Json[] => {
    const done = item({ execution: 'client', arguments: args, status: 'completed' });
    return stream(
      {
        type: 'response.output_item.added',
        output_index: 0,
        item: item({ execution: 'client', arguments: {}, status: 'in_progress' }),
      },
      { type: 'response.output_item.done', output_index: 0, item: done },
      { type: 'response.completed', response: finishedResponse('completed', [done]) },
    );
  };

  it('should need no deltas, but an object of arguments', () => {
    expect(violationsOf(events({ query: 'x' }))).toBe('');
    expect(foldStream(events({ query: 'x' }))).toMatchObject([
      { status: 'completed', arguments: { query: 'x' } },
    ]);
    expect(violationsOf(events('{}'))).toContain('not an object');
  });
});

describe('a search for tools that the gateway has run', () => {
  const of = (type: string, fields: Json): Json => {
    const id = type === 'tool_search_call' ? 'tsc_1' : 'tso_1';
    return { type, id, call_id: null, execution: 'server', ...fields };
  };
  const call = of('tool_search_call', { arguments: { paths: ['a'] }, status: 'completed' });
  const output = of('tool_search_output', { tools: [{ type: 'function', name: 'a' }], status: 'completed' });
  const begun = { arguments: {}, status: 'in_progress' };
  const events = (given: { call?: Json; output?: Json; added?: Json } = {}): Json[] => {
    const items = [given.call ?? call, given.output ?? output];
    const added = [
      of('tool_search_call', begun),
      of('tool_search_output', given.added ?? { tools: [], status: 'in_progress' }),
    ];
    return stream(
      ...items.flatMap((item, index) => [
        { type: 'response.output_item.added', output_index: index, item: added[index]! },
        { type: 'response.output_item.done', output_index: index, item },
      ]),
      { type: 'response.completed', response: finishedResponse('completed', items) },
    );
  };
  const found = { tools: [{ type: 'function', name: 'a' }] };

  it('should have its result right behind it', () => {
    expect(violationsOf(events())).toBe('');
    expect(foldStream(events())).toEqual([call, output]);
    const alone = stream(
      { type: 'response.output_item.added', output_index: 0, item: of('tool_search_call', begun) },
      { type: 'response.output_item.done', output_index: 0, item: call },
      { type: 'response.completed', response: finishedResponse('completed', [call]) },
    );
    expect(violationsOf(alone)).toContain('what a search has found is to come');
  });

  it.each<[string, Parameters<typeof events>[0], string]>([
    ['without paths', { call: { ...call, arguments: {} } }, 'without paths'],
    ['with a call_id', { call: { ...call, call_id: 'call_1' } }, 'not null'],
    ['that has found a text', { output: { ...output, tools: ['a'] } }, 'not a list of definitions'],
    ['that is known when it is added', { added: { ...found, status: 'in_progress' } }, 'tools'],
  ])('should be wrong %s', (_what, given, violation) => {
    expect(violationsOf(events(given))).toContain(violation);
  });
});

describe('calls of built-in tools', () => {
  const wrong = (name: string, type: string, change: (event: Json) => void): string => {
    const events = structuredClone(sampleStreams()[name]!);
    change(events.find((event) => event.type === type)!);
    return violationsOf(events);
  };
  const DIFF = 'response.apply_patch_call_operation_diff';
  const COMMAND = 'response.shell_call_command';

  it.each<[string, string, (event: Json) => void, RegExp]>([
    ['a patch', `${DIFF}.delta`, (event) => (event.delta = 'x'), /the deltas "xe"/],
    ['a patch', `${DIFF}.done`, (event) => (event.diff = 'x'), /diff are "x"/],
    [
      'a patch',
      'response.output_item.done',
      (event) => ((event.item as Json).operation = { type: 'delete_file', path: 'b' }),
      /operation.path was "a" when added/,
    ],
    [
      'a patch',
      'response.output_item.added',
      (event) => (((event.item as Json).operation as Json).diff = '+'),
      /diff of an added/,
    ],
    ['commands of a shell', `${COMMAND}.delta`, (event) => (event.delta = 'x'), /the deltas "x -a"/],
    ['commands of a shell', `${COMMAND}.done`, (event) => (event.command_index = 1), /which is not open/],
    [
      'commands of a shell',
      'response.output_item.done',
      (event) => (((event.item as Json).action as Json).commands = []),
      /cannot be run[^]*streamed were/,
    ],
  ])('should be held to their events: %s, %s', (name, type, change, expected) => {
    expect(wrong(name, type, change)).toMatch(expected);
  });

  it('should be put together out of them', () => {
    for (const name of ['a patch', 'commands of a shell']) {
      const events = sampleStreams()[name]!;
      expect(foldStream(events)).toEqual(recordOf(events.at(-1)!.response).output);
    }
  });
});

describe('normaliseIds', () => {
  it('should make two answers that differ in ids and times equal', () => {
    const answer = (salt: string, time: number) => ({
      created_at: time,
      completed_at: null,
      id: `resp_${salt}`,
      output: [
        { call_id: `chatcmpl-tool-${salt}`, id: `fc_${salt}1` },
        { id: `fc_${salt}2`, call_id: `call_${salt}` },
      ],
      text: 'call_me resp_1',
    });
    const normal = normaliseIds(answer('a', 1));
    expect(normal).toEqual(normaliseIds(answer('b', 2)));
    expect(normal).toEqual({
      created_at: '<created_at>',
      completed_at: null,
      id: '<resp 1>',
      output: [
        { call_id: '<call 1>', id: '<fc 1>' },
        { id: '<fc 2>', call_id: '<call 2>' },
      ],
      text: 'call_me resp_1',
    });
  });

  it('should keep the same id the same, and different ids different', () => {
    const pair = (first: string, second: string) => normaliseIds([{ id: first }, { item_id: second }]);
    expect(pair('msg_a', 'msg_a')).toEqual([{ id: '<msg 1>' }, { item_id: '<msg 1>' }]);
    expect(pair('msg_a', 'msg_b')).toEqual([{ id: '<msg 1>' }, { item_id: '<msg 2>' }]);
  });
});
