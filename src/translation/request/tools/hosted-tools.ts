import type { HostedKind } from '../../../contracts/hosted-tools-api.js';
import { hostedKindOf } from '../../vocabulary/hosted-kind.js';
import type { ToolBinding, ToolTable } from '../../vocabulary/tool-table.js';
import type { OfferedTool } from './served-tools.js';

/** A tool of the deployer's that is offered in place of a hosted one. */
export interface HostedTool {
  kind: HostedKind;
  tool: OfferedTool;
}

/** Values of `include` that ask for what a hosted tool has found. */
const INCLUDES: ReadonlyMap<unknown, HostedKind> = new Map<unknown, HostedKind>([
  ['web_search_call.action.sources', 'web_search'],
  ['code_interpreter_call.outputs', 'code_interpreter'],
  ['file_search_call.results', 'file_search'],
]);

/** The offered tool that a type of tools, or of choices, stands for. */
export function findHosted(type: unknown, tools: ToolTable): ToolBinding | undefined {
  const kind = hostedKindOf(type);
  return kind === null ? undefined : tools.findBuiltin(kind);
}

/** The offered hosted tools whose results the client asks for. */
export function listShownResults(
  include: readonly unknown[] | null | undefined,
  tools: ToolTable,
): ReadonlySet<HostedKind> {
  return new Set((include ?? []).flatMap((value) => kindOfInclude(value, tools) ?? []));
}

/** The offered hosted tool whose results a value of `include` asks for. */
export function kindOfInclude(include: unknown, tools: ToolTable): HostedKind | null {
  const kind = INCLUDES.get(include);
  return kind !== undefined && tools.findBuiltin(kind) ? kind : null;
}
