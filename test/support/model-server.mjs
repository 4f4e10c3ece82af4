// A model server that runs as a process of its own, so that it can be killed or stopped: node model-server.mjs <port> <ms to the first token>
// It tells its parent of each generation that has come to its first token, and is told to fail (`{ failing: true }`).
import { createServer } from 'node:http';
import process from 'node:process';
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';

const STEP_MS = 5;
const [port, firstTokenMs] = process.argv.slice(2).map(Number);
let failing = false;

process.on('message', (message) => ({ failing } = message));
process.on('disconnect', () => process.exit());

const server = createServer((request, response) => {
  let text = '';
  request.on('data', (bytes) => (text += bytes));
  request.on('end', () => {
    if (request.url === '/health') send(response, 200, { status: 'healthy' });
    else if (request.url === '/v1/models')
      send(response, 200, { object: 'list', data: [{ id: 'test-model' }] });
    else if (request.url !== '/v1/chat/completions') send(response, 404, { detail: 'Not Found' });
    else if (failing) send(response, 503, { message: 'The engine is initializing.' });
    else void generate(JSON.parse(text), response);
  });
});
server.listen(port, '127.0.0.1', () => process.send({ port: server.address().port }));

async function generate({ messages, stream }, response) {
  const question = messages.at(-1).content;
  // As an engine does, it looks after each step whether somebody still waits.
  for (let waited = 0; waited < firstTokenMs; waited += STEP_MS) {
    await pause(STEP_MS);
    // After SIGCONT, timers come before what has happened to its connections.
    await turn();
    await turn();
    if (response.destroyed) return;
  }
  process.send({ generated: question });
  if (!stream) {
    const choice = { index: 0, message: { role: 'assistant', content: question }, finish_reason: 'stop' };
    send(response, 200, { object: 'chat.completion', model: 'test-model', choices: [choice] });
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const piece of question.split(/(?<= )/)) {
    response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: piece } }] })}\n\n`);
    await pause(STEP_MS);
  }
  response.write('data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n');
  response.end('data: [DONE]\n\n');
}

function send(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
