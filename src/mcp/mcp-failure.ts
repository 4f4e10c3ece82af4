import { STATUS_CODES } from 'node:http';
import type { McpCallError } from '../contracts/responses-api.js';

const FAILED_DEPENDENCY = 424;
const UNREACHABLE = 502;
const TIMEOUT = 504;

/** What has gone wrong at a server, in words that its user may read. */
export class McpFailure extends Error {
  constructor(readonly error: Exclude<McpCallError, { type: 'mcp_tool_execution_error' }>) {
    super(error.message);
    this.name = 'McpFailure';
  }

  /** The server has answered with a status that is no success. */
  static ofStatus(status: number): McpFailure {
    const isRedirect = status >= 300 && status < 400;
    const message = `The MCP server has answered ${describeStatus(status)}${isRedirect ? '; redirects are not followed' : ''}.`;
    return new McpFailure({ type: 'http_error', code: status, message });
  }

  static ofAnswer(message: string): McpFailure {
    return new McpFailure({ type: 'http_error', code: UNREACHABLE, message });
  }

  static late(): McpFailure {
    return new McpFailure({
      type: 'http_error',
      code: TIMEOUT,
      message: 'The MCP server has not answered in time.',
    });
  }

  static tooLarge(maxBytes: number): McpFailure {
    return McpFailure.ofAnswer(`The MCP server's answer has more than ${maxBytes} bytes.`);
  }

  /** As OpenAI names it where tools cannot be listed. */
  get status(): string {
    return describeStatus(this.error.type === 'http_error' ? this.error.code : FAILED_DEPENDENCY);
  }
}

function describeStatus(status: number): string {
  return `${status} (${STATUS_CODES[status] ?? 'Unknown'})`;
}
