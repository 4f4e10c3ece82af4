import type { JSONRPCMessage } from '@modelcontextprotocol/client';
import { Allowance } from './allowance.js';
import { McpFailure } from './mcp-failure.js';
import { readMessage } from './read-message.js';
import type { Replies } from './replies.js';

/** Each costs a message of ours. */
const QUESTIONS = { most: 100, perSecond: 1 };
/** Reading each takes some time. */
const MESSAGES = { most: 4_000, perSecond: 1_000 };
/** All that come beyond these say the same. */
const PROGRESS = { most: 100, perSecond: 100 };

/** What a server says, for one request of ours or for all on its stream: as much of it as is worth reading. */
export class Inbox {
  private readonly questions = new Allowance(QUESTIONS.most, QUESTIONS.perSecond);
  private readonly messages = new Allowance(MESSAGES.most, MESSAGES.perSecond);
  private readonly progress = new Allowance(PROGRESS.most, PROGRESS.perSecond);

  constructor(private readonly replies: Replies) {}

  /**
   * Replies to questions.
   *
   * @returns the message if somebody could wait for it: an answer, or a sign of progress
   * @throws McpFailure when the server says or asks too much
   */
  take(raw: unknown): JSONRPCMessage | null {
    if (!this.messages.take()) throw tooMany('sent');
    const message = readMessage(raw);
    if (message === null || !('method' in message)) return message;
    if (!('id' in message)) {
      return message.method === 'notifications/progress' && this.progress.take() ? message : null;
    }
    if (!this.questions.take()) throw tooMany('asked');
    this.replies.add(message);
    return null;
  }

  /** For streams of all requests: what comes from now on is for another one. */
  renew(): void {
    this.questions.renew();
    this.messages.renew();
  }
}

function tooMany(what: string): McpFailure {
  return McpFailure.ofAnswer(`The MCP server has ${what} too much before its answer.`);
}
