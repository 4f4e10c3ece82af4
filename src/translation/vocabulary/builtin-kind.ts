/** The types of the built-in tools that a client runs itself. @public */
export type BuiltinKind = 'shell' | 'local_shell' | 'apply_patch' | 'computer' | 'computer_use_preview';

const KINDS: ReadonlySet<string> = new Set<BuiltinKind>([
  'shell',
  'local_shell',
  'apply_patch',
  'computer',
  'computer_use_preview',
]);

export function isBuiltinKind(type: string): type is BuiltinKind {
  return KINDS.has(type);
}
