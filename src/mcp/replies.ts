import type { JSONRPCMessage, JSONRPCRequest } from '@modelcontextprotocol/client';

const METHOD_NOT_FOUND = -32_601;
const MOST_AT_ONCE = 4;

/** Answers what a server asks, a few at a time: it is there, and can do nothing for it. */
export class Replies {
  private readonly waiting: JSONRPCMessage[] = [];
  private running = 0;
  private isEnded = false;

  constructor(private readonly send: (reply: JSONRPCMessage) => Promise<void>) {}

  add(question: JSONRPCRequest): void {
    if (this.isEnded) return;
    this.waiting.push(replyTo(question));
    if (this.running < MOST_AT_ONCE) void this.run();
  }

  /** Those that wait are not sent any more. */
  end(): void {
    this.isEnded = true;
    this.waiting.length = 0;
  }

  private async run(): Promise<void> {
    this.running += 1;
    for (let reply = this.waiting.shift(); reply; reply = this.waiting.shift()) {
      // A server that does not take it has its answer nevertheless.
      await this.send(reply).catch(() => undefined);
    }
    this.running -= 1;
  }
}

function replyTo({ id, method }: JSONRPCRequest): JSONRPCMessage {
  const jsonrpc = '2.0';
  if (method === 'ping') return { jsonrpc, id, result: {} };
  return { jsonrpc, id, error: { code: METHOD_NOT_FOUND, message: 'Method not found' } };
}
