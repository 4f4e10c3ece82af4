import fc from 'fast-check';
import { DeltaFrame, type DeltaTemplate } from './delta-frame.js';
import { FrameBytes } from './frame-bytes.js';

const NOBODY = { keep: (): void => undefined };
const template = (name: string): DeltaTemplate => ({
  head: `event: ${name}\ndata: {"sequence_number":`,
  middle: `,"item_id":"${name}","delta":"`,
  end: '"}\n\n',
});
const TEMPLATES = [template('msg_1'), template('fc_漢')];
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom(
      'a',
      '"',
      '\\',
      '\n',
      'é',
      '漢',
      '🙂',
      '\ud800',
      '\udc00',
      '\u2028',
      '\u0085',
      '\u007f',
    ),
  }),
);
const anyFrame = fc.oneof(
  anyText.map((text) => text.toWellFormed()),
  fc
    .tuple(fc.constantFrom(...TEMPLATES), fc.oneof(fc.nat(1_200), fc.maxSafeNat()), anyText)
    .map(([of, sequence, text]) => new DeltaFrame(of, sequence, text)),
);
const textOf = (frames: readonly (string | DeltaFrame)[]): string => frames.map(String).join('');

describe('FrameBytes', () => {
  it('should be the bytes of the texts of any frames', () => {
    const gathered = new FrameBytes();
    fc.assert(
      fc.property(fc.array(anyFrame), (frames) => {
        gathered.begin(NOBODY);
        expect(frames.every((frame) => gathered.add(frame))).toBe(true);
        expect(gathered.take().toString()).toBe(textOf(frames));
      }),
    );
  });

  it('should number deltas of one template on, into more digits and anew', () => {
    const gathered = new FrameBytes();
    const [of] = TEMPLATES as [DeltaTemplate];
    const frames = [7, 8, 9, 10, 11, 98, 99, 100, 999, 1_000, 1_001, 0, 5, 0].map(
      (sequence) => new DeltaFrame(of, sequence, 'x'),
    );
    gathered.begin(NOBODY);
    for (const frame of frames) gathered.add(frame);
    expect(gathered.take().toString()).toBe(textOf(frames));
  });

  it('should not give the same memory to two writes', () => {
    const gathered = new FrameBytes();
    const [first, second] = ['a', 'b'].map((character) => {
      gathered.begin(NOBODY);
      gathered.add(character.repeat(100));
      return gathered.take();
    });
    expect([first?.toString(), second?.toString()]).toEqual(['a'.repeat(100), 'b'.repeat(100)]);
  });

  it.each([
    ['texts', 'é'.repeat(1_000)],
    ['deltas', new DeltaFrame(TEMPLATES[0]!, 1, '\u0000'.repeat(1_000))],
  ])('should refuse %s that could be cut, and keep what it has', (_kind, frame) => {
    const gathered = new FrameBytes();
    let added = 0;
    gathered.begin(NOBODY);
    while (gathered.add(frame)) added++;
    expect(added).toBeGreaterThan(10);
    expect(gathered.take().toString()).toBe(textOf(Array<typeof frame>(added).fill(frame)));
  });

  it('should hand another what it has gathered', () => {
    const gathered = new FrameBytes();
    const taken: string[] = [];
    gathered.begin({ keep: (bytes) => taken.push(bytes.toString()) });
    gathered.add('first');
    gathered.begin(NOBODY);
    gathered.add('second');
    expect([...taken, gathered.take().toString()]).toEqual(['first', 'second']);
  });
});
