import type { ChatTool } from '../../../contracts/chat-completions.js';
import type { ToolEcho } from '../../../contracts/responses-api.js';
import { invalidRequest } from '../../../errors/gateway-error.js';
import { listOptions } from '../list-ignored.js';
import { NestedJson } from '../nested-json.js';
import { isObject, type RawObject } from '../../../contracts/raw-object.js';
import { nameOf, readArray, readObject, readString, readText } from '../read-field.js';
import { BUILTIN_TOOLS } from '../../builtin-tools/find-builtin.js';
import { isBuiltinKind } from '../../vocabulary/builtin-kind.js';
import { describeCustomTool, flattenFormat, FREEFORM_PARAMETERS } from './lower-custom-tool.js';
import { readParameters, repairParameters } from './schema/read-parameters.js';
import { type ToolBinding, ToolTable } from '../../vocabulary/tool-table.js';
import { hostedKindOf } from '../../vocabulary/hosted-kind.js';
import type { HostedTool } from './hosted-tools.js';
import type { ServedTools } from './served-tools.js';
import { unwrapTool } from './unwrap-tool.js';

/** What the gateway runs; absent: nothing of the kind. */
export interface ToolsRunHere {
  served?: readonly ServedTools[] | undefined;
  hosted?: readonly HostedTool[] | undefined;
}

export interface ParsedTools {
  table: ToolTable;
  chat: ChatTool[];
  echo: ToolEcho[];
}

const TOOL_SEARCH = 'tool_search';

const FUNCTION_OPTIONS = new Set(['type', 'name', 'description', 'parameters', 'strict', 'function']);
const CUSTOM_OPTIONS = new Set(['type', 'name', 'description', 'format', 'custom']);
const SEARCH_OPTIONS = new Set(['type', 'execution', 'description', 'parameters']);
const HOSTED_OPTIONS = new Set(['type']);
const NAMESPACE_OPTIONS = new Set(['type', 'name', 'tools']);

/**
 * Reads `tools` and the tools that items of the input bring along (Codex's `additional_tools` and what its tool search has
 * found). Tools come in the Responses form or in that of chat completions; custom tools, namespaces and a tool search run by
 * the client are lowered to functions, as are the built-in tools that the client runs; tools that only OpenAI's own servers can run are
 * left out and named in `ignored`.
 *
 * @param vision whether the model can see what tools return as images
 * @param here what the gateway runs, of the tools of type `mcp` and of hosted ones
 * @throws GatewayError whose param is the path of the first thing that is wrong
 */
export function parseTools(
  tools: unknown[] | null | undefined,
  input: unknown,
  ignored: Set<string>,
  vision: boolean,
  { served = [], hosted = [] }: ToolsRunHere = {},
): ParsedTools {
  const reader = new ToolReader(ignored, vision, { served, hosted });
  (tools ?? []).forEach((tool, index) => {
    reader.read(tool, `tools[${index}]`, null);
    reader.echo(tool);
  });
  for (const unasked of served.filter(({ isUnasked }) => isUnasked)) reader.addTools(unasked);
  if (Array.isArray(input)) {
    input.forEach((item: unknown, index) => {
      if (isObject(item) && (item.type === 'additional_tools' || item.type === 'tool_search_output')) {
        reader.readLater(item.tools, `input[${index}].tools`);
      }
    });
  }
  return reader.parsed;
}

class ToolReader {
  readonly parsed: ParsedTools = { table: new ToolTable(), chat: [], echo: [] };

  private readonly schemaTexts = new NestedJson();

  constructor(
    private readonly ignored: Set<string>,
    private readonly vision: boolean,
    private readonly run: { served: readonly ServedTools[]; hosted: readonly HostedTool[] },
  ) {}

  /** Tools that came in an item: declared again and again over the turns, so a known one is no error. */
  readLater(tools: unknown, path: string): void {
    if (tools === undefined || tools === null) return;
    readArray(tools, path).forEach((tool, index) => {
      this.read(tool, `${path}[${index}]`, null, true);
    });
  }

  read(value: unknown, path: string, namespace: string | null, isLater = false): void {
    const tool = readObject(value, path);
    const type = readString(tool.type, `${path}.type`);
    switch (type) {
      case 'function':
        this.addFunction(tool, path, namespace, isLater);
        return;
      case 'custom':
        this.addCustom(tool, path, namespace, isLater);
        return;
      case 'namespace':
        listOptions(tool, 'tools.namespace', NAMESPACE_OPTIONS, this.ignored);
        readArray(tool.tools, `${path}.tools`).forEach((child, index) => {
          this.read(child, `${path}.tools[${index}]`, readString(tool.name, `${path}.name`), isLater);
        });
        return;
      case TOOL_SEARCH:
        if (tool.execution === 'client') this.addToolSearch(tool, path);
        else this.ignored.add(`tools:${type}`);
        return;
      case 'mcp':
        this.addServed(tool, isLater);
        return;
      default:
        if (namespace === null && this.addOfOwnType(tool, type, path, isLater)) return;
        this.ignored.add(`tools:${type}`);
    }
  }

  /** What the response object says of a tool; what was left out was not available to the model. */
  echo(value: unknown): void {
    const tool = value as RawObject;
    if (tool.type === 'function') this.parsed.echo.push(echoFunction(tool, this.schemaTexts));
    else if (tool.type === 'custom') this.parsed.echo.push(echoCustom(tool));
    else if (tool.type === 'mcp') this.echoServed(tool);
    else if (!this.ignored.has(`tools:${String(tool.type)}`)) this.parsed.echo.push(tool as ToolEcho);
  }

  private addServed(tool: RawObject, isLater: boolean): void {
    const served = isLater ? undefined : this.findServed(tool);
    if (!served) {
      this.ignored.add('tools:mcp');
      return;
    }
    this.addTools(served);
  }

  addTools({ request: { label, needsApproval }, tools }: ServedTools): void {
    for (const { name, description, inputSchema, readOnly } of tools) {
      this.add('', true, {
        kind: 'mcp',
        name,
        namespace: label,
        description: description ?? '',
        parameters: repairParameters(inputSchema),
        strict: null,
        needsApproval: needsApproval({ name, readOnly }),
      });
    }
  }

  private echoServed(tool: RawObject): void {
    const served = this.findServed(tool);
    if (served) this.parsed.echo.push(served.request.echo);
  }

  private findServed({ server_label: label }: RawObject): ServedTools | undefined {
    return this.run.served.find(({ request }) => request.label === label);
  }

  private addFunction(tool: RawObject, path: string, namespace: string | null, isLater: boolean): void {
    const { source, base } = unwrapTool(tool, path);
    listOptions(tool, 'tools', FUNCTION_OPTIONS, this.ignored);
    if (source !== tool) listOptions(source, 'tools', FUNCTION_OPTIONS, this.ignored);
    const strict = readStrict(source.strict, `${base}.strict`);
    this.add(base, isLater, {
      kind: 'function',
      name: readString(source.name, `${base}.name`),
      namespace,
      description: readText(source.description, `${base}.description`),
      parameters: parametersOf(source, this.schemaTexts),
      strict,
    });
  }

  private addCustom(tool: RawObject, path: string, namespace: string | null, isLater: boolean): void {
    const { source, base } = unwrapTool(tool, path);
    listOptions(tool, 'tools', CUSTOM_OPTIONS, this.ignored);
    if (source !== tool) listOptions(source, 'tools', CUSTOM_OPTIONS, this.ignored);
    const description = readText(source.description, `${base}.description`);
    this.add(base, isLater, {
      kind: 'custom',
      name: readString(source.name, `${base}.name`),
      namespace,
      description: describeCustomTool(description, source.format),
      parameters: FREEFORM_PARAMETERS,
      strict: null,
    });
  }

  private addToolSearch(tool: RawObject, path: string): void {
    listOptions(tool, 'tools', SEARCH_OPTIONS, this.ignored);
    this.add(path, true, {
      kind: 'tool_search',
      name: TOOL_SEARCH,
      namespace: null,
      description: readText(tool.description, `${path}.description`),
      parameters: parametersOf(tool, this.schemaTexts) ?? {
        type: 'object',
        properties: { query: { type: 'string' } },
        required: ['query'],
      },
      strict: null,
    });
  }

  /** @returns false where nobody can run it */
  private addOfOwnType(tool: RawObject, type: string, path: string, isLater: boolean): boolean {
    const hosted = this.run.hosted.find(({ kind }) => kind === hostedKindOf(type));
    if (!hosted) return this.addBuiltin(tool, type, path, isLater);
    listOptions(tool, `tools.${hosted.kind}`, HOSTED_OPTIONS, this.ignored);
    const { description, inputSchema } = hosted.tool;
    // A client may offer a search under two of its types: they are one tool.
    this.add(path, true, {
      kind: hosted.kind,
      name: hosted.kind,
      namespace: null,
      description: description ?? '',
      parameters: repairParameters(inputSchema),
      strict: null,
    });
    return true;
  }

  private addBuiltin(tool: RawObject, type: string, path: string, isLater: boolean): boolean {
    const builtin = BUILTIN_TOOLS.get(type);
    if (!builtin || (builtin.needsVision && !this.vision)) return false;
    const description = builtin.describe(tool, path);
    if (description === null) return false;
    listOptions(tool, 'tools', builtin.options, this.ignored);
    const { kind, name, parameters } = builtin;
    this.add(path, isLater, { kind, name, namespace: null, description, parameters, strict: null });
    return true;
  }

  private add(
    path: string,
    isLater: boolean,
    {
      description,
      strict,
      ...tool
    }: {
      kind: ToolBinding['kind'];
      name: string;
      namespace: string | null;
      description: string;
      parameters: RawObject | null;
      strict: boolean | null;
      needsApproval?: boolean;
    },
  ): void {
    const binding = this.parsed.table.add(tool);
    if (!binding) {
      if (isLater) return;
      const field = isBuiltinKind(tool.kind) ? 'type' : 'name';
      throw invalidRequest(`${path}.${field}`, `The tool '${tool.name}' is declared twice.`);
    }
    this.parsed.chat.push({
      type: 'function',
      function: {
        name: binding.wireName,
        ...(description !== '' && { description }),
        parameters: tool.parameters ?? { type: 'object', properties: {} },
        ...(strict !== null && { strict }),
      },
    });
  }
}

function echoCustom(tool: RawObject): ToolEcho {
  const { source } = unwrapTool(tool, '');
  if (source === tool) return tool as ToolEcho;
  const { format, ...rest } = source;
  return { ...rest, type: 'custom', ...(isObject(format) && { format: flattenFormat(format) }) };
}

function echoFunction(tool: RawObject, texts: NestedJson): ToolEcho {
  const { source } = unwrapTool(tool, '');
  return {
    type: 'function',
    name: String(source.name),
    description: typeof source.description === 'string' ? source.description : null,
    parameters: readParameters(source.parameters, texts),
    strict: typeof source.strict === 'boolean' ? source.strict : null,
  };
}

function parametersOf({ parameters }: RawObject, texts: NestedJson): RawObject | null {
  const schema = readParameters(parameters, texts);
  return schema && repairParameters(schema);
}

function readStrict(value: unknown, path: string): boolean | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'boolean') return value;
  throw invalidRequest(path, `Expected a boolean, got ${nameOf(value)}.`);
}
