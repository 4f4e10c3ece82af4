import type { ComputerCallItem, LocalShellAction, ShellAction } from '../../contracts/builtin-tools-api.js';
import type { RawObject } from '../../contracts/raw-object.js';
import { readComputerAction, readComputerActions } from '../builtin-tools/computer.js';
import { readLocalShellAction } from '../builtin-tools/local-shell.js';
import { readShellAction } from '../builtin-tools/shell.js';
import type { ActionForm } from './action-call-writer.js';
import type { StreamOutput } from './item-writer.js';

const NO_COMMANDS: ShellAction = { commands: [], timeout_ms: null, max_output_length: null };
const NO_COMMAND: LocalShellAction = { type: 'exec', command: [], env: {} };

export const SHELL_FORM: ActionForm<ShellAction> = {
  prefix: 'sh',
  read: readShellAction,
  item: (identity, action, status) => ({
    type: 'shell_call',
    ...identity,
    action: action ?? NO_COMMANDS,
    environment: { type: 'local' },
    status,
  }),
  emitAction: emitCommands,
};

export const LOCAL_SHELL_FORM: ActionForm<LocalShellAction> = {
  prefix: 'lsh',
  read: readLocalShellAction,
  item: (identity, action, status) => ({
    type: 'local_shell_call',
    ...identity,
    action: action ?? NO_COMMAND,
    status,
  }),
};

export const COMPUTER_FORM = computerForm(readComputerActions);
export const COMPUTER_PREVIEW_FORM = computerForm(readComputerAction);

type Actions = Pick<ComputerCallItem, 'action' | 'actions'>;

function computerForm(read: (given: RawObject) => Actions | null): ActionForm<Actions> {
  return {
    prefix: 'cu',
    read,
    item: (identity, actions, status) => ({
      type: 'computer_call',
      ...identity,
      ...actions,
      pending_safety_checks: [],
      status,
    }),
  };
}

function emitCommands(output: StreamOutput, outputIndex: number, { commands }: ShellAction): void {
  commands.forEach((command, index) => {
    const place = { output_index: outputIndex, command_index: index };
    const next = () => output.nextSequence();
    output.emit({
      type: 'response.shell_call_command.added',
      sequence_number: next(),
      ...place,
      command: '',
    });
    if (command !== '') {
      output.emit({
        type: 'response.shell_call_command.delta',
        sequence_number: next(),
        ...place,
        delta: command,
      });
    }
    output.emit({ type: 'response.shell_call_command.done', sequence_number: next(), ...place, command });
  });
}
