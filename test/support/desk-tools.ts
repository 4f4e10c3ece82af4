import { type DynamicModule, Module } from '@nestjs/common';
import { GatewayError } from '../../src/errors/gateway-error.js';
import { type ToolCallContext, ToolExecutor, type ToolSet } from '../../src/tools/tool-executor.decorator.js';
import type { ServedTool, ToolOutcome } from '../../src/tools/tool-session.js';
import type { RawObject } from '../../src/contracts/raw-object.js';

const ANY_TEXT = { type: 'object', properties: { text: { type: 'string' } } };

/** Tools for tests, in the process of the gateway: `{"type": "mcp", "server_label": "desk"}`. */
@ToolExecutor({ label: 'desk' })
export class DeskTools implements ToolSet {
  readonly calls: { name: string; args: RawObject; callerId: string }[] = [];
  /** Calls of `hang` that were given up. */
  abortedCalls = 0;

  list(): ServedTool[] {
    return [
      tool('echo', 'Says it again.', true),
      tool('write', 'Writes it down.', false),
      tool('break', 'Fails.', true),
      tool('hang', 'Never answers.', true),
      tool('draw', 'Makes an image.', true),
    ];
  }

  async call(
    name: string,
    args: RawObject,
    { callerId, signal }: ToolCallContext,
  ): Promise<string | ToolOutcome> {
    this.calls.push({ name, args, callerId });
    switch (name) {
      case 'break':
        throw new GatewayError('invalid_request', { message: 'The pencil is broken.' });
      case 'hang':
        return new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            this.abortedCalls++;
            reject(new Error('aborted'));
          });
        });
      case 'draw':
        return { output: 'Drawn.', error: null, images: [{ mimeType: 'image/png', data: PIXEL }] };
      default:
        return Promise.resolve(`${name}: ${String(args.text)}`);
    }
  }
}

@Module({})
class DeskModule {}

/** An extension with {@link DeskTools}. */
export function deskModule(): DynamicModule {
  return { module: DeskModule, providers: [DeskTools] };
}

function tool(name: string, description: string, readOnly: boolean): ServedTool {
  return { name, description, inputSchema: ANY_TEXT, readOnly };
}

const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';
