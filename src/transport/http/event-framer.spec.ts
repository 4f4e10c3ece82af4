import type { OutputTextDeltaEvent, ResponseEvent } from '../../contracts/response-events.js';
import { DeltaFrame } from './delta-frame.js';
import {
  DONE_FRAME,
  EventFramer,
  type Frame,
  KEEP_ALIVE_EVENT_FRAME,
  KEEP_ALIVE_FRAME,
} from './event-framer.js';

const delta = (text: string, more: Partial<OutputTextDeltaEvent> = {}): OutputTextDeltaEvent => ({
  type: 'response.output_text.delta',
  sequence_number: 99,
  item_id: 'msg_1',
  output_index: 0,
  content_index: 0,
  delta: text,
  logprobs: [],
  ...more,
});
const argumentsDelta = (text: string): ResponseEvent => ({
  type: 'response.function_call_arguments.delta',
  sequence_number: 99,
  item_id: 'fc_1',
  output_index: 1,
  delta: text,
});

const textOf = (frame: Frame | DeltaFrame): string =>
  Array.isArray(frame) ? Buffer.concat(frame as readonly Buffer[]).toString() : String(frame);
const frameOf = (framer: EventFramer, event: ResponseEvent): string => textOf(framer.frame(event));

/** The event inside a frame, which must have exactly the form of the contract. */
function unframe(frame: string): Record<string, unknown> {
  const [, name, data] = /^event: (\S+)\ndata: ([^\n]+)\n\n$/.exec(frame) ?? [];
  const event = JSON.parse(data ?? 'null') as Record<string, unknown>;
  expect(event.type).toBe(name);
  return event;
}

describe('EventFramer', () => {
  it('should write an event and a data line, closed by a blank one', () => {
    expect(frameOf(new EventFramer(), argumentsDelta('{}'))).toBe(
      'event: response.function_call_arguments.delta\n' +
        'data: {"type":"response.function_call_arguments.delta","sequence_number":0,"item_id":"fc_1","output_index":1,"delta":"{}"}\n\n',
    );
  });

  it('should number the events itself, from 0 and without a gap', () => {
    const framer = new EventFramer();
    const events = [delta('a'), argumentsDelta('b'), delta('c'), delta('d', { logprobs: [{} as never] })];
    expect(events.map((event) => unframe(frameOf(framer, event)).sequence_number)).toEqual([0, 1, 2, 3]);
  });

  it('should leave the event itself as it is', () => {
    const event = argumentsDelta('{}');
    frameOf(new EventFramer(), event);
    expect(event.sequence_number).toBe(99);
  });

  it('should not spend a number on an event that cannot be written', () => {
    const framer = new EventFramer();
    expect(() => frameOf(framer, undefined as never)).toThrow(TypeError);
    expect(() => frameOf(framer, delta(1n as never, { logprobs: [{} as never] }))).toThrow(TypeError);
    expect(unframe(frameOf(framer, delta('a'))).sequence_number).toBe(0);
  });

  it.each([
    'plain',
    'two\nlines\r\n',
    '\n\ndata: [DONE]\n\n',
    '"quoted" \\ \u0000',
    '\u2028\u2029',
    'é漢🙂',
    '',
  ])('should write the text %j as JSON.stringify does, on one line', (text) => {
    const event = delta(text);
    const frame = frameOf(new EventFramer(), event);
    expect(frame.split('\n')).toHaveLength(4);
    expect(unframe(frame)).toEqual({ ...event, sequence_number: 0 });
  });

  it('should write every delta in full, whatever item and part the one before was of', () => {
    const framer = new EventFramer();
    const events = [
      delta('a'),
      delta('b'),
      delta('c', { content_index: 1 }),
      delta('d'),
      delta('e', { item_id: 'msg_"2"', output_index: 3 }),
      delta('f', { item_id: 'msg_"2"', output_index: 3, content_index: 1 }),
      delta('g'),
    ];
    expect(events.map((event) => unframe(frameOf(framer, event)))).toEqual(
      events.map((event, index) => ({ ...event, sequence_number: index })),
    );
  });

  it('should keep the log probabilities of a delta', () => {
    const logprobs = [{ token: 'a', logprob: -0.5, bytes: [97], top_logprobs: [] }];
    expect(unframe(frameOf(new EventFramer(), delta('a', { logprobs })))).toMatchObject({ logprobs });
  });

  it('should give the same JSON without the frame', () => {
    const framed = unframe(frameOf(new EventFramer(), delta('a')));
    expect(JSON.parse(textOf(new EventFramer().format(delta('a'))))).toEqual(framed);
  });

  it('should have the bytes of a long text once, for all events that say it again', () => {
    const framer = new EventFramer();
    const text = 'long '.repeat(10_000);
    const place = { item_id: 'msg_1', output_index: 0, content_index: 0, sequence_number: 0 };
    const part = { type: 'output_text' as const, text, annotations: [], logprobs: [] };
    expect(framer.frame(delta(text))).toBeInstanceOf(DeltaFrame);
    const done = framer.frame({ type: 'response.output_text.done', ...place, text, logprobs: [] });
    const partDone = framer.frame({ type: 'response.content_part.done', ...place, part });
    expect(unframe(textOf(done))).toMatchObject({ sequence_number: 1, text });
    expect(unframe(textOf(partDone))).toMatchObject({ sequence_number: 2, part });
    const long = ([done, partDone] as Buffer[][]).flat().filter((bytes) => bytes.length > 10_000);
    expect(long).toHaveLength(2);
    expect(new Set(long).size).toBe(1);
    expect(framer.frame(delta('short'))).toBeInstanceOf(DeltaFrame);
  });

  describe('that obfuscates', () => {
    it('should pad every delta to a multiple of 16 characters', () => {
      const framer = new EventFramer(true);
      for (const event of [
        delta(''),
        delta('a'),
        delta('x'.repeat(15)),
        delta('x'.repeat(16)),
        argumentsDelta('{'),
      ]) {
        const { delta: text, obfuscation } = unframe(frameOf(framer, event)) as Record<string, string>;
        expect(((text?.length ?? 0) + (obfuscation?.length ?? 0)) % 16).toBe(0);
        expect(obfuscation).toMatch(/^[\w-]+$/);
      }
    });

    it('should pad with something else each time, and only deltas', () => {
      const framer = new EventFramer(true);
      const paddings = [1, 2, 3].map(() => unframe(frameOf(framer, delta('a'))).obfuscation);
      expect(new Set(paddings).size).toBe(3);
      const done = {
        type: 'response.output_text.done',
        sequence_number: 3,
        text: 'a',
      } as unknown as ResponseEvent;
      expect(unframe(frameOf(framer, done))).toEqual(done);
    });
  });
});

describe('the other frames', () => {
  it('should be what clients know', () => {
    expect(DONE_FRAME).toBe('data: [DONE]\n\n');
    expect(KEEP_ALIVE_FRAME).toMatch(/^: .*\n\n$/);
    expect(unframe(KEEP_ALIVE_EVENT_FRAME)).toEqual({ type: 'keepalive' });
  });
});

describe('EventFramer with line breaks that JSON leaves as they are', () => {
  it('should escape them, so that no reader takes one for the end of a line', () => {
    const delta = 'a\u2028b\u2029c\u0085d';
    const frame = frameOf(new EventFramer(), {
      type: 'response.output_text.delta',
      sequence_number: 0,
      item_id: 'msg_1',
      output_index: 0,
      content_index: 0,
      delta,
      logprobs: [],
    });
    expect(frame).not.toMatch(/[\u0085\u2028\u2029]/);
    expect(JSON.parse(frame.split('data: ')[1]!)).toMatchObject({ delta });
  });
});
