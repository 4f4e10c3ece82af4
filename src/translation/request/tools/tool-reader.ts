import type { ChatTool } from '../../../contracts/chat-completions.js';
import type { ToolEcho } from '../../../contracts/responses-api.js';
import { invalidRequest } from '../../../errors/gateway-error.js';
import { listOptions } from '../list-ignored.js';
import { NestedJson } from '../nested-json.js';
import type { RawObject } from '../../../contracts/raw-object.js';
import { readArray, readBoolean, readObject, readString, readText } from '../read-field.js';
import { BUILTIN_TOOLS } from '../../builtin-tools/find-builtin.js';
import { isBuiltinKind } from '../../vocabulary/builtin-kind.js';
import { echoCustom, echoFunction } from './echo-tool.js';
import { describeCustomTool, FREEFORM_PARAMETERS } from './lower-custom-tool.js';
import { parametersOf, repairParameters } from './schema/read-parameters.js';
import { type ToolBinding, ToolTable } from '../../vocabulary/tool-table.js';
import { namesOf, sourceOf, type ToolSource } from '../../tool-search/deferred-tool.js';
import { hostedKindOf } from '../../vocabulary/hosted-kind.js';
import type { HostedTool } from './hosted-tools.js';
import type { ServedTools } from './served-tools.js';
import { unwrapTool } from './unwrap-tool.js';
import type { ParsedTools } from './parse-tools.js';

const TOOL_SEARCH = 'tool_search';
const FUNCTION_OPTIONS = new Set(['type', 'name', 'description', 'parameters', 'strict', 'function']);
const CUSTOM_OPTIONS = new Set(['type', 'name', 'description', 'format', 'custom']);
const SEARCH_OPTIONS = new Set(['type', 'execution', 'description', 'parameters']);
const HOSTED_OPTIONS = new Set(['type']);
const NAMESPACE_OPTIONS = new Set(['type', 'name', 'tools']);

/** Reads the tools of a request one by one. */
export class ToolReader {
  readonly parsed: ParsedTools = {
    table: new ToolTable(),
    chat: [],
    echo: [],
    deferred: new Map(),
    searchName: null,
  };
  private namespace: RawObject | null = null;

  private readonly schemaTexts = new NestedJson();

  constructor(
    private readonly ignored: Set<string>,
    private readonly vision: boolean,
    private readonly run: { served: readonly ServedTools[]; hosted: readonly HostedTool[] },
    private readonly isSearching: boolean,
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
        this.namespace = tool;
        readArray(tool.tools, `${path}.tools`).forEach((child, index) => {
          this.read(child, `${path}.tools[${index}]`, readString(tool.name, `${path}.name`), isLater);
        });
        this.namespace = null;
        return;
      case TOOL_SEARCH:
        if (tool.execution === 'client') this.addToolSearch(tool, path);
        else if (this.isSearching && !isLater) this.addGatewaySearch();
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
    const served = this.findServed(tool);
    if (served && !isLater) this.addTools(served);
    else if (!served) this.ignored.add('tools:mcp');
    else for (const name of namesOf(tool.allowed_tools)) this.load(name, served.request.label);
  }

  /** It was found in an earlier turn. */
  private load(name: string, namespace: string | null): void {
    const { table, deferred, chat } = this.parsed;
    const found = deferred.get(table.find(name, namespace)?.wireName ?? '');
    if (!found) return;
    deferred.delete(found.wireName);
    chat.push(found.chat);
  }

  addTools({ request: { label, needsApproval, isDeferred, echo }, tools }: ServedTools): void {
    for (const { name, description, inputSchema, readOnly } of tools) {
      this.add('', true, {
        kind: 'mcp',
        name,
        namespace: label,
        description: description ?? '',
        parameters: repairParameters(inputSchema),
        strict: null,
        needsApproval: needsApproval({ name, readOnly }),
        ...(isDeferred && { source: { kind: 'server', name: label, echo: { ...echo }, toolName: name } }),
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
    const strict = readBoolean(source.strict, `${base}.strict`);
    this.add(base, isLater, {
      kind: 'function',
      name: readString(source.name, `${base}.name`),
      namespace,
      description: readText(source.description, `${base}.description`),
      parameters: parametersOf(source, this.schemaTexts),
      strict,
      ...(!isLater &&
        source.defer_loading === true && {
          source: sourceOf(echoFunction(tool, this.schemaTexts), this.namespace),
        }),
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
      ...(!isLater &&
        source.defer_loading === true && { source: sourceOf(echoCustom(tool), this.namespace) }),
    });
  }

  private addGatewaySearch(): void {
    const tool = { kind: 'gateway_search' as const, name: TOOL_SEARCH, namespace: null, parameters: null };
    this.parsed.searchName ??= this.parsed.table.add(tool)?.wireName ?? null;
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
      source,
      ...tool
    }: {
      kind: ToolBinding['kind'];
      name: string;
      namespace: string | null;
      description: string;
      parameters: RawObject | null;
      strict: boolean | null;
      needsApproval?: boolean;
      /** Of a tool that may have to be searched for. */
      source?: ToolSource;
    },
  ): void {
    const binding = this.parsed.table.add(tool);
    if (!binding) {
      if (isLater) {
        this.load(tool.name, tool.namespace);
        return;
      }
      const field = isBuiltinKind(tool.kind) ? 'type' : 'name';
      throw invalidRequest(`${path}.${field}`, `The tool '${tool.name}' is declared twice.`);
    }
    const chat: ChatTool = {
      type: 'function',
      function: {
        name: binding.wireName,
        ...(description !== '' && { description }),
        parameters: tool.parameters ?? { type: 'object', properties: {} },
        ...(strict !== null && { strict }),
      },
    };
    const { wireName } = binding;
    if (source && this.isSearching) this.parsed.deferred.set(wireName, { wireName, chat, source });
    else this.parsed.chat.push(chat);
  }
}
