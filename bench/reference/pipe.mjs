// What Node needs to pass bytes on: no parsing, no translation. A lower bound for gateways on node:http.
import http from 'node:http';
import process from 'node:process';
import { URL } from 'node:url';

const upstream = new URL(process.env.UPSTREAM_BASE_URL);
const agent = new http.Agent({ keepAlive: true, maxSockets: Infinity });

const server = http.createServer((request, response) => {
  const options = {
    host: upstream.hostname,
    port: upstream.port,
    path: request.url,
    method: request.method,
    agent,
    headers: {
      'content-type': 'application/json',
      'content-length': request.headers['content-length'] ?? 0,
    },
  };
  const forwarded = http.request(options, (answer) => {
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  });
  forwarded.on('error', () => response.destroy());
  response.on('close', () => {
    if (!response.writableFinished) forwarded.destroy();
  });
  request.pipe(forwarded);
});

server.listen(Number(process.env.PORT), '127.0.0.1');
