import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/client';
import { within } from '../request/within.js';
import { Inbox } from './inbox.js';
import { McpFailure } from './mcp-failure.js';
import { parseJson } from './read-message.js';
import { Replies } from './replies.js';

/** What is run, and all of its environment. */
export interface ProcessCommand {
  command: string;
  args: readonly string[];
  environment: Readonly<Record<string, string>>;
  /** Most bytes of a message. */
  maxBytes: number;
}

const LINE_FEED = 0x0a;
const GRACE_MS = 2_000;

/** Messages as lines over the standard input and output of a process, which leads a group of its own. What it says on stderr is dropped. */
export class StdioTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  private child: ChildProcess | null = null;
  private pending: Buffer[] = [];
  private pendingBytes = 0;
  private exited: Promise<unknown> = Promise.resolve();
  private closing: Promise<void> | null = null;
  private readonly replies = new Replies((reply) => this.write(reply));
  private readonly inbox = new Inbox(this.replies);

  constructor(private readonly command: ProcessCommand) {}

  /** @throws McpFailure when it cannot be started */
  async start(): Promise<void> {
    const { command, args, environment } = this.command;
    const child = spawn(command, args, {
      env: environment,
      stdio: ['pipe', 'pipe', 'ignore'],
      detached: true,
    });
    this.child = child;
    child.stdin.on('error', () => undefined);
    try {
      await once(child, 'spawn');
    } catch {
      throw McpFailure.ofAnswer('The MCP server could not be started.');
    }
    child.on('error', () => undefined);
    this.exited = once(child, 'exit').catch(() => undefined);
    child.on('exit', () => void this.close());
    child.stdout.on('data', (bytes: Buffer) => {
      this.read(bytes);
    });
  }

  async send(message: JSONRPCMessage): Promise<void> {
    if ('method' in message && 'id' in message) this.inbox.renew();
    await this.write(message);
  }

  private async write(message: JSONRPCMessage): Promise<void> {
    const input = this.child?.stdin;
    if (!input?.writable) throw McpFailure.ofAnswer('The MCP server has ended.');
    if (input.write(`${JSON.stringify(message)}\n`)) return;
    const isRead = await within(
      once(input, 'drain').then(() => true),
      GRACE_MS,
      false,
    );
    if (isRead) return;
    void this.close();
    throw McpFailure.ofAnswer('The MCP server does not read.');
  }

  /** Ends the process and whatever it has started. */
  close(): Promise<void> {
    return (this.closing ??= this.end());
  }

  private async end(): Promise<void> {
    this.replies.end();
    this.child?.stdout?.removeAllListeners('data').destroy();
    this.child?.stdin?.end();
    if (this.child?.exitCode === null && this.child.signalCode === null) {
      this.signal('SIGTERM');
      await within(this.exited, GRACE_MS, null);
    }
    this.signal('SIGKILL');
    this.onclose?.();
  }

  /** To the group, which may outlive its leader. */
  private signal(name: NodeJS.Signals): void {
    const pid = this.child?.pid;
    if (pid === undefined) return;
    try {
      process.kill(-pid, name);
    } catch {
      // There is nobody left.
    }
  }

  private read(bytes: Buffer): void {
    let rest = bytes;
    for (let at = rest.indexOf(LINE_FEED); at >= 0; at = rest.indexOf(LINE_FEED)) {
      this.hold(rest.subarray(0, at));
      if (this.closing) return;
      const line = Buffer.concat(this.pending).toString('utf8');
      this.pending = [];
      this.pendingBytes = 0;
      rest = rest.subarray(at + 1);
      this.take(line);
    }
    this.hold(rest);
  }

  /** A server that says too much at once is ended: nobody knows to whom it would have said it. */
  private hold(bytes: Buffer): void {
    this.pendingBytes += bytes.length;
    if (this.pendingBytes > this.command.maxBytes) void this.close();
    else this.pending.push(bytes);
  }

  private take(line: string): void {
    try {
      const message = this.inbox.take(parseLine(line));
      if (message !== null) this.onmessage?.(message);
    } catch {
      void this.close();
    }
  }
}

/** Lines that are no messages are what some programs print before they begin. */
function parseLine(line: string): unknown {
  try {
    return parseJson(line);
  } catch {
    return null;
  }
}
