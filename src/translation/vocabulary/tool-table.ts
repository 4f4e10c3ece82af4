import type { HostedKind } from '../../contracts/hosted-tools-api.js';
import { type BuiltinKind, isBuiltinKind } from './builtin-kind.js';
import { isHostedKind } from './hosted-kind.js';
import { wireName } from './wire-name.js';

/** What a tool was in the client's request. @public */
export interface ToolBinding {
  /**
   * `custom`: a freeform tool, shown to the model as a function with one string; `tool_search`: Codex's own; `gateway_search`: the same,
   * run by the gateway, as are `mcp` and hosted tools; the types of built-in tools that the client runs.
   */
  kind: 'function' | 'custom' | 'tool_search' | 'gateway_search' | 'mcp' | BuiltinKind | HostedKind;
  name: string;
  /** The namespace the client declared it in; of what the gateway runs the label of the server. */
  namespace: string | null;
  /** The name the model knows it under. */
  wireName: string;
  parameters: Record<string, unknown> | null;
  /** Whether the client is asked before the gateway runs it. */
  needsApproval?: boolean;
}

/** Shared by the tables of all requests without tools, and never added to. */
const NO_TOOLS = new Map<string, ToolBinding>();

/** The tools of one turn, found by the name the model knows or by the one the client knows. @public */
export class ToolTable {
  private byWireName = NO_TOOLS;
  private byOwnName = NO_TOOLS;

  /** @returns the binding with its wire name, or null when the tool is there already */
  add(tool: Omit<ToolBinding, 'wireName'>): ToolBinding | null {
    const key = hasNameOfItsOwn(tool.kind) ? builtinKey(tool.kind) : ownKey(tool.name, tool.namespace);
    if (this.byOwnName.has(key)) return null;
    const { kind, name, namespace, parameters, needsApproval } = tool;
    const known = wireName(tool, (taken) => this.byWireName.has(taken));
    const binding = { kind, name, namespace, wireName: known, parameters, needsApproval };
    if (this.byOwnName === NO_TOOLS) {
      this.byWireName = new Map();
      this.byOwnName = new Map();
    }
    this.byOwnName.set(key, binding);
    this.byWireName.set(binding.wireName, binding);
    return binding;
  }

  get size(): number {
    return this.byWireName.size;
  }

  has(name: string): boolean {
    return this.byWireName.has(name);
  }

  find(name: string, namespace: string | null): ToolBinding | undefined {
    return this.byOwnName.get(ownKey(name, namespace));
  }

  /** A function of the same name is another tool. */
  findBuiltin(kind: BuiltinKind | HostedKind): ToolBinding | undefined {
    return this.byOwnName.get(builtinKey(kind));
  }

  /** Whether tools of a server of that label are run here. */
  hasServer(label: string): boolean {
    return this.namesOfServer(label, null).length > 0;
  }

  /** Wire names of the tools of a server that the gateway runs. @param name null: of all of them */
  namesOfServer(label: string, name: string | null): string[] {
    return [...this.byWireName.values()]
      .filter(
        (tool) => tool.kind === 'mcp' && tool.namespace === label && (name === null || tool.name === name),
      )
      .map(({ wireName }) => wireName);
  }

  /** The tool of a call; a model that leaves the namespace away is understood as long as only one tool can be meant. */
  resolve(calledName: string): ToolBinding | undefined {
    const exact = this.byWireName.get(calledName);
    if (exact) return exact;
    const meant = [...this.byWireName.values()].filter(({ name }) => name === calledName);
    return meant.length === 1 ? meant[0] : undefined;
  }

  /** The name under which a call of the history is shown to the model, also when its tool is no longer offered. */
  nameInHistory(name: string, namespace: string | null): string {
    return this.find(name, namespace)?.wireName ?? wireName({ name, namespace }, () => false);
  }

  /** The same for a built-in tool that is not offered: what has its name is another tool. */
  freeName(name: string): string {
    return wireName({ name, namespace: null }, (taken) => this.byWireName.has(taken));
  }
}

/** Whether the gateway runs the tool. */
export function isRunHere(tool: ToolBinding | undefined): tool is ToolBinding {
  return tool !== undefined && (tool.kind === 'mcp' || isHostedKind(tool.kind));
}

function ownKey(name: string, namespace: string | null): string {
  return namespace === null ? name : `${namespace}\u0000${name}`;
}

/** A function of the request may have the same name. */
function hasNameOfItsOwn(kind: ToolBinding['kind']): boolean {
  return isBuiltinKind(kind) || isHostedKind(kind) || kind === 'gateway_search';
}

function builtinKey(kind: ToolBinding['kind']): string {
  return `\u0000${kind}`;
}
