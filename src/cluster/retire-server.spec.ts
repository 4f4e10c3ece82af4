import { once } from 'node:events';
import { Agent, createServer, get, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { retireServer } from './retire-server.js';

let server: Server;
let port: number;
let agent: Agent;
let answers: ((text: string) => void)[];

beforeEach(async () => {
  answers = [];
  // A request is answered when the test says so; its headers only leave then.
  server = createServer((_request, response) => {
    answers.push((text) => response.end(text));
  });
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
  agent = new Agent({ keepAlive: true, maxSockets: 1 });
});
afterEach(() => {
  agent.destroy();
  server.closeAllConnections();
  server.close();
});

const ask = (): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    get({ port, host: '127.0.0.1', agent }, resolve).on('error', reject);
  });

async function answered(): Promise<IncomingMessage> {
  const incoming = ask();
  await once(server, 'request');
  answers.pop()?.('fine');
  const message = await incoming;
  await once(message.resume(), 'end');
  return message;
}

describe('retireServer', () => {
  it('should take no new connections, and be over when there are none', async () => {
    await retireServer(server, () => undefined);
    const [error] = (await once(connect(port, '127.0.0.1'), 'error').catch((reason: unknown) => [
      reason,
    ])) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNREFUSED');
  });

  it('should answer another request on an idle connection, say that it closes it, and then be over', async () => {
    const first = await answered();
    expect(first.headers.connection).toBe('keep-alive');
    const over = retireServer(server, () => undefined);
    // On the same connection, since a new one would be refused.
    const second = await answered();
    expect(second.statusCode).toBe(200);
    expect(second.headers.connection).toBe('close');
    await over;
  });

  it('should let a running answer finish', async () => {
    const incoming = ask();
    await once(server, 'request');
    let isOver = false;
    const over = retireServer(server, () => undefined).then(() => (isOver = true));
    await new Promise(setImmediate);
    expect(isOver).toBe(false);
    answers.pop()?.('late');
    const message = await incoming;
    expect(String((await message.toArray())[0])).toBe('late');
    agent.destroy();
    await over;
    expect(isOver).toBe(true);
  });

  it('should ask the WebSockets to close at once', async () => {
    let asked = 0;
    await retireServer(server, () => asked++);
    expect(asked).toBe(1);
  });
});
