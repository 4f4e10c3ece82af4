import { type DynamicModule, Module } from '@nestjs/common';
import { GatewayError } from '../../src/errors/gateway-error.js';
import type { RawObject } from '../../src/contracts/raw-object.js';
import { ToolExecutor, type ToolSet } from '../../src/tools/tool-executor.decorator.js';
import type { ServedTool, ToolOutcome } from '../../src/tools/tool-session.js';

export const PAGES = [
  { url: 'https://example.com/rain', title: 'Rain in Paris', snippet: 'It rains.' },
  { url: 'https://example.org/', title: 'Weather', snippet: 'Clouds.' },
];
export const FILES = {
  results: [{ file_id: 'f1', filename: 'a.txt', score: 0.5, text: 'The answer is 42.' }],
};

/** Tools for tests, which are mapped by HOSTED_TOOLS. */
@ToolExecutor({ label: 'lab' })
export class LabTools implements ToolSet {
  readonly calls: { name: string; args: RawObject }[] = [];
  /** Whether calls fail. */
  isBroken = false;

  list(): ServedTool[] {
    return [
      tool('search', 'Searches the web.', { q: { type: 'string' } }),
      tool('run', 'Runs Python.', { code: { type: 'string' } }),
      tool('find', 'Finds texts.', { queries: { type: 'array', items: { type: 'string' } } }),
    ];
  }

  call(name: string, args: RawObject): string | ToolOutcome {
    this.calls.push({ name, args });
    if (this.isBroken) throw new GatewayError('invalid_request', { message: 'Out of order.' });
    if (name === 'search') return JSON.stringify(PAGES);
    return name === 'find' ? JSON.stringify(FILES) : '42\n';
  }
}

@Module({})
class LabModule {}

/** An extension with {@link LabTools}. */
export function labModule(): DynamicModule {
  return { module: LabModule, providers: [LabTools] };
}

/** Of CONFIG_FILE. */
export const HOSTED_TOOLS = `hostedTools:
  web_search: { server: lab, tool: search }
  code_interpreter: { server: lab, tool: run }
  file_search: { server: lab, tool: find }
`;

function tool(name: string, description: string, properties: RawObject): ServedTool {
  return { name, description, inputSchema: { type: 'object', properties }, readOnly: true };
}
