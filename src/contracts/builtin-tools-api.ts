/**
 * Wire types of the built-in tools that a client runs itself.
 * Source: OpenAI's own types, and recordings of its streams for the events that these leave out.
 */

type CallStatus = 'in_progress' | 'completed' | 'incomplete';

export interface ShellAction {
  /** Run in this order. */
  commands: string[];
  timeout_ms: number | null;
  /** Characters. */
  max_output_length: number | null;
}

export interface ShellCallItem {
  type: 'shell_call';
  id: string;
  call_id: string;
  action: ShellAction;
  environment: { type: 'local' };
  status: CallStatus;
}

export interface LocalShellAction {
  type: 'exec';
  /** A program and its arguments. */
  command: string[];
  env: Record<string, string>;
  timeout_ms?: number;
  user?: string;
  working_directory?: string;
}

export interface LocalShellCallItem {
  type: 'local_shell_call';
  id: string;
  call_id: string;
  action: LocalShellAction;
  status: CallStatus;
}

/** What a patch does to which file. */
export interface PatchTarget {
  type: 'create_file' | 'update_file' | 'delete_file';
  path: string;
}

/** A file that is deleted has no diff. */
export interface PatchOperation extends PatchTarget {
  diff?: string;
}

/** By OpenAI's types it is never incomplete: one that broke off stays in progress. */
export interface ApplyPatchCallItem {
  type: 'apply_patch_call';
  id: string;
  call_id: string;
  operation: PatchOperation;
  status: 'in_progress' | 'completed';
}

export interface ScreenPoint {
  x: number;
  y: number;
}

/** Places in pixels. */
export type ComputerAction =
  | ({
      type: 'click';
      button: 'left' | 'right' | 'wheel' | 'back' | 'forward';
      keys?: string[];
    } & ScreenPoint)
  | ({ type: 'double_click'; keys: string[] | null } & ScreenPoint)
  | { type: 'drag'; path: ScreenPoint[]; keys?: string[] }
  | { type: 'keypress'; keys: string[] }
  | ({ type: 'move'; keys?: string[] } & ScreenPoint)
  | { type: 'screenshot' }
  | ({ type: 'scroll'; scroll_x: number; scroll_y: number; keys?: string[] } & ScreenPoint)
  | { type: 'type'; text: string }
  | { type: 'wait' };

/** `actions` for the tool `computer`, `action` for `computer_use_preview`; neither while it is not known. */
export interface ComputerCallItem {
  type: 'computer_call';
  id: string;
  call_id: string;
  action?: ComputerAction;
  actions?: ComputerAction[];
  pending_safety_checks: never[];
  status: CallStatus;
}

/** What a choice may name: `computer_use` is any of the two computers. */
export type BuiltinChoice =
  'shell' | 'local_shell' | 'apply_patch' | 'computer' | 'computer_use' | 'computer_use_preview';

export type BuiltinCallItem = ShellCallItem | LocalShellCallItem | ApplyPatchCallItem | ComputerCallItem;
