import { readSse, SseReader } from './sse-reader.js';

const CREATED = 'event: response.created\ndata: {"type":"response.created","sequence_number":0}\n\n';
const DONE = 'data: [DONE]\n\n';

describe('readSse', () => {
  it('should read events, comments and [DONE]', () => {
    const stream = readSse(`: ping\n\n${CREATED}: again\n\n${DONE}`);
    expect(stream.events).toEqual([{ type: 'response.created', sequence_number: 0 }]);
    expect(stream.frames[0]).toMatchObject({ event: 'response.created', raw: CREATED.trimEnd() });
    expect(stream.comments).toEqual(['ping', 'again']);
    expect(stream.done).toBe(true);
  });

  it('should report a stream without [DONE] as not done', () => {
    expect(readSse(CREATED).done).toBe(false);
    expect(readSse('').done).toBe(false);
  });

  it('should allow a comment line directly before a frame', () => {
    expect(readSse(`: ping\n${CREATED}`).events).toHaveLength(1);
  });

  it.each([
    ['CR LF line ends', CREATED.replaceAll('\n', '\r\n'), /CR/],
    ['a lone CR', CREATED.replace('\n', '\r'), /CR/],
    ['an id line', `id: 1\n${CREATED}`, /must start with "event: "/],
    [
      'an id line after the data',
      CREATED.replace('\n\n', '\nid: 1\n\n'),
      /more than an event and a data line/,
    ],
    ['a retry line', `retry: 10\n\n${CREATED}`, /must start with "event: "/],
    ['a missing blank line at the end', CREATED.slice(0, -1), /ends inside a frame/],
    [
      'a missing blank line between frames',
      CREATED.slice(0, -1) + CREATED,
      /more than an event and a data line/,
    ],
    ['an extra blank line', `${CREATED}\n${CREATED}`, /must start with "event: "/],
    ['an extra blank line at the end', `${CREATED}\n`, /ends inside a frame/],
    ['no space after the colon', CREATED.replace('data: ', 'data:'), /"data: " must follow/],
    ['two data lines', CREATED.replace('\n\n', '\ndata: {}\n\n'), /more than an event and a data line/],
    ['a frame without event name', 'data: {"type":"error"}\n\n', /must start with "event: "/],
    ['a frame without data', 'event: error\n\n', /"data: " must follow/],
    ['data that is not JSON', 'event: error\ndata: oops\n\n', /not JSON/],
    ['data that is not an object', 'event: error\ndata: ["error"]\n\n', /not a JSON object/],
    [
      'a name that is not the type',
      CREATED.replace('event: response.created', 'event: error'),
      /is not the type/,
    ],
    ['a named [DONE]', `event: done\n${DONE}`, /not JSON/],
    ['an event after [DONE]', CREATED + DONE + CREATED, /after \[DONE\]/],
    ['a second [DONE]', DONE + DONE, /after \[DONE\]/],
    ['a comment after [DONE]', `${DONE}: ping\n\n`, /after \[DONE\]/],
    ['a byte order mark', `\uFEFF${CREATED}`, /must start with "event: "/],
    [
      'a comment between the lines of a frame',
      CREATED.replace('\ndata', '\n: ping\ndata'),
      /"data: " must follow/,
    ],
    ['an unterminated comment', ': ping\n', /ends inside a frame/],
  ])('should reject %s', (_, bytes, message) => {
    expect(() => readSse(bytes)).toThrow(message);
  });

  it('should reject bytes that are not UTF-8', () => {
    const bytes = Buffer.concat([Buffer.from(': '), Buffer.from([0xff]), Buffer.from('\n\n')]);
    expect(() => readSse(bytes)).toThrow(/UTF-8/);
    expect(() => readSse(Buffer.from(': ü\n\n').subarray(0, 3))).toThrow(/UTF-8/);
  });
});

describe('SseReader', () => {
  it('should give each event as soon as its last byte came, whatever the cuts', () => {
    const frame = 'event: error\ndata: {"type":"error","message":"Grüße 🎉"}\n\n';
    const reader = new SseReader();
    const bytes = Buffer.from(frame + DONE);
    const when: number[] = [];
    for (const [offset] of bytes.entries()) {
      if (reader.feed(bytes.subarray(offset, offset + 1)).length > 0) when.push(offset + 1);
    }
    expect(when).toEqual([Buffer.byteLength(frame)]);
    expect(reader.finish().events).toEqual([{ type: 'error', message: 'Grüße 🎉' }]);
    expect(reader.done).toBe(true);
  });
});
