import { isDeepStrictEqual } from 'node:util';
import type { Report } from './item-rules.js';
import { arrayOf, isRecord, isString, recordOf, show, type Json } from './json.js';

/** Begin of the id of each type of item of a built-in tool that the client runs. */
export const BUILTIN_PREFIX: Readonly<Record<string, string>> = {
  shell_call: 'sh_',
  local_shell_call: 'lsh_',
  apply_patch_call: 'apc_',
  computer_call: 'cu_',
};

const EMPTY_ACTIONS: Readonly<Record<string, Json>> = {
  shell_call: { commands: [], timeout_ms: null, max_output_length: null },
  local_shell_call: { type: 'exec', command: [], env: {} },
};

/** Checks what is empty while the call is written. */
export function checkAddedBuiltin(item: Json, report: Report): void {
  const { type, action, actions } = item;
  if (!isString(type) || !(type in BUILTIN_PREFIX)) return;
  if (!isDeepStrictEqual(action, EMPTY_ACTIONS[type]) || actions !== undefined)
    report(`action of an added ${type} is ${show(action ?? actions)}`);
  if (type !== 'apply_patch_call') return;
  const { type: kind, diff } = recordOf(item.operation);
  if (diff !== (kind === 'delete_file' ? undefined : '')) report(`diff of an added ${type} is ${show(diff)}`);
}

/** Checks that a completed call can be run. */
export function checkFinalBuiltin(item: Json, report: Report): void {
  const { type, status } = item;
  const expected = type === 'apply_patch_call' ? ['completed', 'in_progress'] : ['completed', 'incomplete'];
  if (!expected.includes(String(status)))
    report(`status of a done item is ${show(status)}, not ${expected.join(' or ')}`);
  if (status === 'completed' && !canRun(item)) report(`a completed call that cannot be run: ${show(item)}`);
}

function canRun({ type, action, actions, operation }: Json): boolean {
  const { commands, command } = recordOf(action);
  switch (type) {
    case 'shell_call':
      return isFilledList(commands, isString);
    case 'local_shell_call':
      return isFilledList(command, isString);
    case 'computer_call':
      return actions === undefined ? isTyped(action) : action === undefined && isFilledList(actions, isTyped);
    default: {
      const { type: kind, path, diff } = recordOf(operation);
      const hasDiff = kind === 'delete_file' ? diff === undefined : isString(diff);
      return ['create_file', 'update_file', 'delete_file'].includes(String(kind)) && Boolean(path) && hasDiff;
    }
  }
}

/** Takes an event into the item of a client that looks at added events and deltas only. */
export function foldIntoBuiltin(item: Json, event: Json): void {
  const { type } = event;
  const index = Number(event.command_index);
  if (type === 'response.apply_patch_call_operation_diff.delta') {
    const operation = recordOf(item.operation);
    operation.diff = `${String(operation.diff)}${String(event.delta)}`;
  } else if (type === 'response.shell_call_command.added') {
    arrayOf(recordOf(item.action).commands)[index] = event.command;
  } else if (type === 'response.shell_call_command.delta') {
    const commands = arrayOf(recordOf(item.action).commands);
    commands[index] = `${String(commands[index])}${String(event.delta)}`;
  }
}

/** What comes with the done event alone: limits of a shell, and actions that have no events. */
export function finishBuiltin(item: Json, done: Json): void {
  if (item.type === 'shell_call') {
    const { commands } = recordOf(item.action);
    item.action = { ...recordOf(done.action), commands };
  } else if (item.type === 'local_shell_call') item.action = done.action;
  else if (item.type === 'computer_call') {
    for (const field of ['action', 'actions']) if (field in done) item[field] = done[field];
  }
}

function isFilledList(value: unknown, check: (entry: unknown) => boolean): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(check);
}

function isTyped(value: unknown): boolean {
  return isRecord(value) && isString(value.type);
}
