// The unit of every ratio: a translator on bare node:http, without framework, validation, guard, log or policies. It parses every chunk and
// writes correct events: text deltas, by far the most frequent, from a template, all others with JSON.stringify; one write a tick; it pauses
// the upstream for slow clients and aborts it for those that left.
import { Buffer } from 'node:buffer';
import http from 'node:http';
import process from 'node:process';
import { URL } from 'node:url';
import { ResponseWriter } from './lib/response-writer.mjs';
import { buildWholeAnswer, toChatRequest } from './lib/translate.mjs';

const NEWLINE = 10;
const CARRIAGE_RETURN = 13;
const STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache',
  'x-accel-buffering': 'no',
};

const upstream = new URL(process.env.UPSTREAM_BASE_URL);
const agent = new http.Agent({ keepAlive: true, maxSockets: Infinity, scheduling: 'lifo' });

function askUpstream(body, onAnswer, onError) {
  const text = JSON.stringify(toChatRequest(body));
  const request = http.request(
    {
      host: upstream.hostname,
      port: upstream.port,
      path: '/v1/chat/completions',
      method: 'POST',
      agent,
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) },
    },
    onAnswer,
  );
  request.on('error', onError);
  request.end(text);
  return request;
}

/** Calls `onData` with what stands behind each `data:`. A read is decoded once, up to its last line break. */
function createLineReader(onData) {
  let rest = null;
  return (read) => {
    const bytes = rest === null ? read : Buffer.concat([rest, read]);
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    rest = end < bytes.length ? Buffer.from(bytes.subarray(end)) : null;
    if (end === 0) return;
    const text = bytes.utf8Slice(0, end);
    for (let from = 0, to; (to = text.indexOf('\n', from)) >= 0; from = to + 1) {
      if (!text.startsWith('data:', from)) continue;
      const begin = text[from + 5] === ' ' ? from + 6 : from + 5;
      onData(text.slice(begin, text.charCodeAt(to - 1) === CARRIAGE_RETURN ? to - 1 : to));
    }
  };
}

function streamAnswer(body, response) {
  const writer = new ResponseWriter(body);
  let isScheduled = false;
  const flush = (answer) => {
    const frames = writer.take();
    if (frames === '' || response.write(frames) || answer.isPaused()) return;
    answer.pause();
    response.once('drain', () => answer.resume());
  };
  const flushInThisTick = (answer) => {
    if (isScheduled) return;
    isScheduled = true;
    process.nextTick(() => {
      isScheduled = false;
      flush(answer);
    });
  };
  const readLines = createLineReader((data) => {
    if (data === '[DONE]') writer.finish();
    else writer.writeChunk(JSON.parse(data));
  });
  const cutOff = () => response.destroy();
  const request = askUpstream(
    body,
    (answer) => {
      if (answer.statusCode !== 200) {
        answer.resume();
        refuse(response);
        return;
      }
      response.writeHead(200, STREAM_HEADERS);
      writer.begin();
      flushInThisTick(answer);
      answer.on('data', (bytes) => {
        readLines(bytes);
        flushInThisTick(answer);
      });
      answer.on('end', () => {
        writer.finish();
        response.end(writer.take());
      });
      answer.on('error', cutOff);
    },
    cutOff,
  );
  response.on('close', () => {
    if (!response.writableFinished) request.destroy();
  });
}

function wholeAnswer(body, response) {
  askUpstream(
    body,
    (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('end', () => {
        if (answer.statusCode !== 200) {
          refuse(response);
          return;
        }
        const text = JSON.stringify(buildWholeAnswer(body, JSON.parse(Buffer.concat(parts).toString())));
        response.writeHead(200, {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(text),
        });
        response.end(text);
      });
    },
    () => response.destroy(),
  );
}

function refuse(response) {
  response.writeHead(502, { 'content-type': 'application/json' });
  response.end('{"error":{"message":"The upstream refused."}}');
}

const server = http.createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    const body = JSON.parse(Buffer.concat(parts).toString());
    if (body.stream) streamAnswer(body, response);
    else wholeAnswer(body, response);
  });
});

server.listen(Number(process.env.PORT), '127.0.0.1', 4096);
