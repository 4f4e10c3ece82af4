import { FrameInbox } from './frame-inbox.js';

const frame = (text: string) => ({ data: Buffer.from(text), isBinary: false });

describe('FrameInbox', () => {
  it('should hand frames out in the order they came', () => {
    const inbox = new FrameInbox(100);
    for (const text of ['a', 'b', 'c']) inbox.add(frame(text));
    expect([inbox.shift(), inbox.shift(), inbox.shift(), inbox.shift()]).toEqual([
      frame('a'),
      frame('b'),
      frame('c'),
      undefined,
    ]);
  });

  it('should have room for sixteen frames', () => {
    const inbox = new FrameInbox(100);
    const taken = Array.from({ length: 17 }, () => inbox.add(frame('a')));
    expect(taken.indexOf(false)).toBe(16);
    inbox.shift();
    expect(inbox.add(frame('b'))).toBe(true);
  });

  it('should have room for so many bytes', () => {
    const inbox = new FrameInbox(4);
    expect([inbox.add(frame('abc')), inbox.add(frame('de')), inbox.add(frame('f'))]).toEqual([
      true,
      false,
      true,
    ]);
    inbox.clear();
    expect(inbox.add(frame('abcd'))).toBe(true);
  });
});
