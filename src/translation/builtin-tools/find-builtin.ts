import type { BuiltinChoice } from '../../contracts/builtin-tools-api.js';
import type { BuiltinKind } from '../vocabulary/builtin-kind.js';
import type { ToolBinding, ToolTable } from '../vocabulary/tool-table.js';
import { APPLY_PATCH } from './apply-patch.js';
import type { BuiltinTool } from './builtin-tool.js';
import { COMPUTER, COMPUTER_PREVIEW } from './computer.js';
import { LOCAL_SHELL } from './local-shell.js';
import { SHELL } from './shell.js';

/** By the type of the client's tool. */
export const BUILTIN_TOOLS: ReadonlyMap<string, BuiltinTool> = new Map(
  [SHELL, LOCAL_SHELL, APPLY_PATCH, COMPUTER, COMPUTER_PREVIEW].map((tool) => [tool.kind, tool]),
);

/** A choice may name the one computer that is offered by the name of any. */
const CHOICES: Readonly<Record<BuiltinChoice, readonly BuiltinKind[]>> = {
  shell: ['shell'],
  local_shell: ['local_shell'],
  apply_patch: ['apply_patch'],
  computer: ['computer', 'computer_use_preview'],
  computer_use: ['computer', 'computer_use_preview'],
  computer_use_preview: ['computer_use_preview', 'computer'],
};

export function isBuiltinChoice(type: string): type is BuiltinChoice {
  return Object.hasOwn(CHOICES, type);
}

/** The offered tool that a choice stands for. */
export function findBuiltin(type: BuiltinChoice, tools: ToolTable): ToolBinding | undefined {
  return CHOICES[type].map((kind) => tools.findBuiltin(kind)).find((tool) => tool !== undefined);
}
