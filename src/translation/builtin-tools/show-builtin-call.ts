import type { BuiltinChoice } from '../../contracts/builtin-tools-api.js';
import { isObject, type RawObject } from '../../contracts/raw-object.js';
import type { ToolTable } from '../vocabulary/tool-table.js';
import { findBuiltin } from './find-builtin.js';
import { withoutNulls } from './read-values.js';

/** A call of the history as the call of the function that the tool is lowered to. */
export interface ShownCall {
  wireName: string;
  given: RawObject;
}

interface CallForm {
  type: BuiltinChoice;
  argumentsOf: (item: RawObject, tools: ToolTable) => unknown;
}

const CALLS = new Map<string, CallForm>([
  ['shell_call', { type: 'shell', argumentsOf: ({ action }) => action }],
  ['local_shell_call', { type: 'local_shell', argumentsOf: ({ action }) => localShellArguments(action) }],
  ['apply_patch_call', { type: 'apply_patch', argumentsOf: ({ operation }) => patchArguments(operation) }],
  ['computer_call', { type: 'computer', argumentsOf: computerArguments }],
]);

/** @returns null for an item of another type, undefined for one that does not tell what was done */
export function showBuiltinCall(
  item: RawObject,
  type: string,
  tools: ToolTable,
): ShownCall | null | undefined {
  const call = CALLS.get(type);
  if (!call) return null;
  const given = call.argumentsOf(item, tools);
  if (!isObject(given)) return undefined;
  const wireName = findBuiltin(call.type, tools)?.wireName ?? tools.freeName(call.type);
  return { wireName, given: withoutNulls(given) };
}

function localShellArguments(action: unknown): unknown {
  if (!isObject(action)) return action;
  const { type: _type, env, ...rest } = action;
  return isObject(env) && Object.keys(env).length > 0 ? { ...rest, env } : rest;
}

/** In the order of the schema: the model writes its next call like those it has seen. */
function patchArguments(operation: unknown): unknown {
  if (!isObject(operation)) return operation;
  const { type, path, diff, ...rest } = operation;
  return { type, path, diff, ...rest };
}

/** In the form of the computer that is offered; where none is, in that of the item. */
function computerArguments({ action, actions }: RawObject, tools: ToolTable): unknown {
  const given: unknown = isObject(action) ? [action] : actions;
  if (!Array.isArray(given) || given.length === 0) return undefined;
  const list = given.map((entry: unknown) => (isObject(entry) ? withoutNulls(entry) : entry));
  const offersLists = tools.findBuiltin('computer') !== undefined;
  const isSingle = isObject(action) || tools.findBuiltin('computer_use_preview') !== undefined;
  return isSingle && !offersLists && list.length === 1 ? list[0] : { actions: list };
}
