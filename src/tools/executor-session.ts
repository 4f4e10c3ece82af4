import type { RawObject } from '../contracts/raw-object.js';
import { GatewayError } from '../errors/gateway-error.js';
import type { ToolSet } from './tool-executor.decorator.js';
import type { ServedTool, ToolCallOptions, ToolOutcome, ToolSession } from './tool-session.js';

export interface ExecutorSessionOptions {
  callerId: string;
  /** How long a call may take, ms. */
  timeoutMs: number;
  /** Gets what a tool has thrown. */
  report: (error: unknown) => void;
}

/** The tools of a class, for one answer. */
export class ExecutorSession implements ToolSession {
  private readonly closing = new AbortController();

  constructor(
    private readonly tools: ToolSet,
    private readonly options: ExecutorSessionOptions,
  ) {}

  async list(): Promise<readonly ServedTool[]> {
    return this.tools.list();
  }

  async call(name: string, args: RawObject, { signal }: ToolCallOptions): Promise<ToolOutcome> {
    const { callerId, timeoutMs } = this.options;
    const deadline = AbortSignal.timeout(timeoutMs);
    const stopped = AbortSignal.any([signal, this.closing.signal, deadline]);
    try {
      const running = Promise.resolve(this.tools.call(name, args, { callerId, signal: stopped }));
      const result = await untilAborted(running, stopped);
      return typeof result === 'string' ? { output: result, error: null } : result;
    } catch (error) {
      if (signal.aborted) throw error;
      if (deadline.aborted) {
        return failed({ type: 'http_error', code: 504, message: 'The tool did not answer in time.' });
      }
      this.options.report(error);
      const text = error instanceof GatewayError ? error.message : 'The tool has failed.';
      return failed({ type: 'mcp_tool_execution_error', content: [{ type: 'text', text }] });
    }
  }

  close(): Promise<void> {
    this.closing.abort();
    return Promise.resolve();
  }
}

function failed(error: ToolOutcome['error']): ToolOutcome {
  return { output: null, error };
}

/** A tool that does not look at its signal must not hold the answer. */
async function untilAborted<T>(running: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const settled = new AbortController();
  const aborted = new Promise<never>((_resolve, reject) => {
    const give = (): void => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', give, { once: true, signal: settled.signal });
  });
  try {
    return await Promise.race([running, aborted]);
  } finally {
    settled.abort();
    // What it comes to after all is nobody's concern.
    running.catch(() => undefined);
  }
}
