import { EventParser, readEvents } from './page/read-events.js';

const STREAM = [
  'event: a\ndata: {"type":"a","text":"é\\n"}\n\n',
  ': keep-alive\n\n',
  'data: {"type":\ndata: "b"}\n\n',
  'data:{"type":"c"}\n\n',
  'data: [DONE]\n\n',
].join('');
const EVENTS = [{ type: 'a', text: 'é\n' }, { type: 'b' }, { type: 'c' }];

describe('EventParser', () => {
  it.each([
    ['LF', STREAM],
    ['CRLF', STREAM.replaceAll('\n', '\r\n')],
  ])('should read a stream with %s, cut at any place', (_name, stream) => {
    for (let cut = 0; cut <= stream.length; cut++) {
      const parser = new EventParser();
      expect([...parser.push(stream.slice(0, cut)), ...parser.push(stream.slice(cut))]).toEqual(EVENTS);
    }
  });

  it('should wait for the end of an event', () => {
    const parser = new EventParser();
    expect(parser.push('data: {"type":"a"}\n')).toEqual([]);
    expect(parser.push('\n')).toEqual([{ type: 'a' }]);
  });
});

describe('readEvents', () => {
  it('should read characters that are cut in two', async () => {
    const bytes = [...new TextEncoder().encode(STREAM)].map((byte) => Uint8Array.of(byte));
    const events: object[] = [];
    for await (const some of readEvents(ReadableStream.from(bytes))) {
      events.push(...some);
    }
    expect(events).toEqual(EVENTS);
  });

  it('should give the stream back when it is left', async () => {
    let cancelled = false;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        controller.enqueue(new TextEncoder().encode(STREAM));
      },
      cancel: () => {
        cancelled = true;
      },
    });
    const events = readEvents(body);
    await events.next();
    await events.return(undefined);
    expect(cancelled).toBe(true);
  });
});
