import type { Socket } from 'node:net';
import { chatFrames, chatStream, completion } from './fake-upstream.js';
import { httpChunk, type RawAnswer, writeOn } from './raw-upstream.js';

/** What a client is given for it: a response that fails after it began, one that completes with this text, or an error, by status and code. */
export type Ending = 'failed' | { text: string } | [status: number, code: string];

export interface UpstreamFault {
  name: string;
  stream: [RawAnswer, Ending];
  json: [RawAnswer, Ending];
  /** A server that never stops: how much the gateway may take of it. */
  isEndless?: boolean;
}

const MEBIBYTE = 1024 * 1024;
const LONG = 16 * MEBIBYTE;
/** An endless answer ends here all the same, for a gateway that would take all of it. */
const ENOUGH = 512 * MEBIBYTE;
const EVENTS = 'content-type: text/event-stream';
const JSON_TYPE = 'content-type: application/json';
const BEGUN = chatFrames(['po'], { finish: null, usage: null, done: false }).join('');
const HALF = completion({ content: 'pong' }).slice(0, 150);
const INCOMPLETE: Ending = [502, 'upstream_incomplete'];
const NOT_UNDERSTOOD: Ending = [502, 'upstream_protocol_error'];
const FAILED: Ending = [502, 'upstream_error'];

export const fineStream: RawAnswer = whole(EVENTS, chatStream(['po', 'ng']));
export const fineJson: RawAnswer = whole(JSON_TYPE, completion({ content: 'pong' }));

/** What may be wrong with the answer of a model server, in bytes: streamed and as one body. */
export const UPSTREAM_FAULTS: readonly UpstreamFault[] = [
  {
    name: 'reset in mid-answer',
    stream: [begun(EVENTS, BEGUN, reset), 'failed'],
    json: [begun(JSON_TYPE, HALF, reset), INCOMPLETE],
  },
  {
    name: 'connection closed in mid-answer',
    stream: [
      begun(EVENTS, BEGUN, (socket) => {
        socket.destroySoon();
      }),
      'failed',
    ],
    json: [
      begun(JSON_TYPE, HALF, (socket) => {
        socket.destroySoon();
      }),
      INCOMPLETE,
    ],
  },
  {
    name: 'answer ended in mid-answer, without [DONE]',
    stream: [whole(EVENTS, BEGUN), 'failed'],
    json: [whole(JSON_TYPE, HALF), NOT_UNDERSTOOD],
  },
  {
    name: 'silence in mid-answer',
    stream: [begun(EVENTS, BEGUN), 'failed'],
    json: [begun(JSON_TYPE, HALF), [504, 'upstream_timeout']],
  },
  same('garbage in place of HTTP', (socket) => socket.end(noise(65_536)), NOT_UNDERSTOOD),
  {
    name: 'garbage in place of a chunk',
    stream: [begun(EVENTS, BEGUN, (socket) => socket.end(noise(65_536))), 'failed'],
    json: [begun(JSON_TYPE, HALF, (socket) => socket.end(noise(65_536))), NOT_UNDERSTOOD],
  },
  {
    name: 'garbage in place of JSON',
    stream: [whole(EVENTS, Buffer.concat([Buffer.from(`${BEGUN}data: `), noise(65_536)])), 'failed'],
    json: [whole(JSON_TYPE, noise(65_536)), NOT_UNDERSTOOD],
  },
  {
    name: 'invalid UTF-8',
    stream: [whole(EVENTS, notUtf8(chatStream(['po?', 'ng']))), { text: 'po\ufffdng' }],
    json: [whole(JSON_TYPE, notUtf8(completion({ content: 'po?ng' }))), { text: 'po\ufffdng' }],
  },
  {
    name: 'a valid line of 16 MiB',
    stream: [whole(EVENTS, chatStream(['x'.repeat(LONG)])), { text: 'x'.repeat(LONG) }],
    json: [whole(JSON_TYPE, completion({ content: 'x'.repeat(LONG) })), { text: 'x'.repeat(LONG) }],
  },
  {
    name: 'a line of 16 MiB that is no JSON',
    stream: [whole(EVENTS, `${BEGUN}data: {"choices":"${'x'.repeat(LONG)}\n\n`), 'failed'],
    json: [whole(JSON_TYPE, `{"choices":"${'x'.repeat(LONG)}`), NOT_UNDERSTOOD],
  },
  {
    name: 'a line that never ends',
    stream: [begun(EVENTS, `${BEGUN}data: {"choices":"`, onAndOn('x')), 'failed'],
    json: [begun(JSON_TYPE, '{"choices":"', onAndOn('x')), NOT_UNDERSTOOD],
    isEndless: true,
  },
  {
    name: 'an event of lines that never ends',
    stream: [begun(EVENTS, BEGUN, onAndOn(`data: ${' '.repeat(1_000)}\n`)), 'failed'],
    json: [begun(JSON_TYPE, '{', onAndOn('\n'.repeat(1_000))), NOT_UNDERSTOOD],
    isEndless: true,
  },
  {
    ...same(
      'headers that never end',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\n');
        return writeOn(socket, Buffer.from('x-more: of the same\r\n'.repeat(1_000)), ENOUGH);
      },
      NOT_UNDERSTOOD,
    ),
    isEndless: true,
  },
  same('headers that are not finished', (socket) => socket.write(`HTTP/1.1 200 OK\r\n${EVENTS}\r\n`), [
    504,
    'upstream_timeout',
  ]),
  {
    ...same(
      'an error whose body never ends',
      begun('content-type: text/html', '', onAndOn('x'), '500 Oops'),
      FAILED,
    ),
    isEndless: true,
  },
];

/** Streamed or not, the same is answered. */
function same(name: string, answer: RawAnswer, ending: Ending): UpstreamFault {
  return { name, stream: [answer, ending], json: [answer, ending] };
}

function whole(header: string, body: string | Buffer): RawAnswer {
  return (socket) => {
    const bytes = Buffer.from(body as string);
    socket.write(`HTTP/1.1 200 OK\r\n${header}\r\ncontent-length: ${bytes.length}\r\n\r\n`);
    socket.write(bytes);
  };
}

/** An answer without a length, and what comes behind its begin; nothing: silence. */
function begun(header: string, body: string, then?: RawAnswer, status = '200 OK'): RawAnswer {
  return async (socket) => {
    socket.write(`HTTP/1.1 ${status}\r\n${header}\r\ntransfer-encoding: chunked\r\n\r\n`);
    if (body !== '') await new Promise((resolve) => socket.write(httpChunk(body), resolve));
    // What is written together would be lost with a reset.
    await new Promise((resolve) => setTimeout(resolve, 50));
    await then?.(socket);
  };
}

function reset(socket: Socket): void {
  socket.resetAndDestroy();
}

function onAndOn(text: string): RawAnswer {
  const chunk = httpChunk(text.repeat(Math.ceil(65_536 / text.length)));
  return (socket) => writeOn(socket, chunk, ENOUGH);
}

/** The same bytes each time, line ends among them. */
function noise(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let index = 0, state = 7; index < length; index++) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    bytes[index] = state >> 16;
  }
  return bytes;
}

/** A byte that no character begins with in place of the question mark. */
function notUtf8(text: string): Buffer {
  const bytes = Buffer.from(text);
  bytes[bytes.indexOf('?')] = 0xff;
  return bytes;
}
