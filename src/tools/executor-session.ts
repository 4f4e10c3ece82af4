import { isObject, type RawObject } from '../contracts/raw-object.js';
import { GatewayError } from '../errors/gateway-error.js';
import { readImages } from './read-image.js';
import type { ToolSet } from './tool-executor.decorator.js';
import type { ServedTool, ToolCallOptions, ToolOutcome, ToolSession } from './tool-session.js';

export interface ExecutorSessionOptions {
  label: string;
  callerId: string;
  /** How long a call may take, and a list, ms. */
  callMs: number;
  listMs: number;
  /** Of an image, decoded. */
  maxImageBytes: number;
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

  async list(signal: AbortSignal): Promise<readonly ServedTool[]> {
    const { label, listMs, report } = this.options;
    const stopped = AbortSignal.any([signal, AbortSignal.timeout(listMs)]);
    try {
      const tools: unknown = await untilAborted(async () => this.tools.list(), stopped);
      return readTools(tools);
    } catch (error) {
      signal.throwIfAborted();
      report(error);
      throw new GatewayError('external_connector_error', {
        param: 'tools',
        message: `Error retrieving tool list from MCP server: '${label}'.`,
      });
    }
  }

  async call(name: string, args: RawObject, { signal }: ToolCallOptions): Promise<ToolOutcome> {
    const { callerId, callMs, maxImageBytes } = this.options;
    const deadline = AbortSignal.timeout(callMs);
    const stopped = AbortSignal.any([signal, this.closing.signal, deadline]);
    try {
      const call = async () => this.tools.call(name, args, { callerId, signal: stopped });
      return readOutcome(await untilAborted(call, stopped), maxImageBytes);
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

/** What somebody's class gives: it may be anything. */
function readTools(tools: unknown): ServedTool[] {
  if (!Array.isArray(tools)) throw new TypeError('list() did not give an array.');
  return tools.filter(isObject).flatMap(({ name, description, inputSchema, readOnly }) =>
    typeof name === 'string' && name !== ''
      ? [
          {
            name,
            description: typeof description === 'string' ? description : null,
            inputSchema: isObject(inputSchema) ? inputSchema : {},
            readOnly: readOnly === true,
          },
        ]
      : [],
  );
}

function readOutcome(result: unknown, maxImageBytes: number): ToolOutcome {
  if (typeof result === 'string') return { output: result, error: null };
  if (!isObject(result)) throw new TypeError('call() gave neither a text nor an outcome.');
  const { output, error, images } = result as Partial<ToolOutcome>;
  if (error) return failed(error);
  return {
    output: typeof output === 'string' ? output : '',
    error: null,
    ...(Array.isArray(images) && { images: readImages(images, maxImageBytes) }),
  };
}

function failed(error: ToolOutcome['error']): ToolOutcome {
  return { output: null, error };
}

/** A tool that does not look at its signal must not hold the answer. */
async function untilAborted<T>(run: () => Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const running = run();
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
