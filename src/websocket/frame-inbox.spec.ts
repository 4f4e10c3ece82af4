import { FrameInbox } from './frame-inbox.js';

const frame = (text: string) => ({ data: Buffer.from(text), isBinary: false });

describe('FrameInbox', () => {
  it('should hand frames out in the order they came', () => {
    const inbox = new FrameInbox(100);
    for (const text of ['a', 'b', 'c']) inbox.push(frame(text));
    expect([inbox.shift(), inbox.shift(), inbox.shift(), inbox.shift()]).toEqual([
      frame('a'),
      frame('b'),
      frame('c'),
      undefined,
    ]);
  });

  it('should have room for sixteen frames', () => {
    const inbox = new FrameInbox(100);
    const taken = Array.from({ length: 17 }, () => inbox.push(frame('a')));
    expect(taken.indexOf(false)).toBe(16);
    inbox.shift();
    expect(inbox.push(frame('b'))).toBe(true);
  });

  it('should have room for so many bytes', () => {
    const inbox = new FrameInbox(4);
    expect([inbox.push(frame('abc')), inbox.push(frame('de')), inbox.push(frame('f'))]).toEqual([
      true,
      false,
      true,
    ]);
    inbox.clear();
    expect(inbox.push(frame('abcd'))).toBe(true);
  });
});
