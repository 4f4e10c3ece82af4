import type { PatchOperation, PatchTarget } from '../../contracts/builtin-tools-api.js';
import type { RawObject } from '../../contracts/raw-object.js';
import type { BuiltinTool } from './builtin-tool.js';

const TYPES: ReadonlySet<unknown> = new Set<PatchTarget['type']>([
  'create_file',
  'update_file',
  'delete_file',
]);

const DESCRIPTION = `Creates, changes or deletes one file; call it once for each file.

The diff has no file names and no line numbers. To create a file, write each of its lines with a + in front. To update one, write a \
section for each place that changes:
@@ the line of the class or function that the place is in, or nothing
 a line that stays, with a space in front
-a line that goes
+a line that comes
Give about three lines that stay before and after each change, exactly as they stand in the file.`;

export const APPLY_PATCH: BuiltinTool = {
  kind: 'apply_patch',
  name: 'apply_patch',
  parameters: {
    type: 'object',
    // In this order, for the diff can be passed on as it is written only when the rest is known.
    properties: {
      type: { type: 'string', enum: ['create_file', 'update_file', 'delete_file'] },
      path: { type: 'string', description: 'The file.' },
      diff: { type: 'string', description: 'What changes; none for delete_file.' },
    },
    required: ['type', 'path'],
    additionalProperties: false,
  },
  needsVision: false,
  options: new Set(['type']),
  describe: () => DESCRIPTION,
};

/** @returns null for what names no file, or nothing that can be done with it */
export function readPatchTarget({ type, path }: RawObject): PatchTarget | null {
  return isPatchType(type) && typeof path === 'string' && path !== '' ? { type, path } : null;
}

/** @returns null for what is no operation */
export function readPatchOperation(given: RawObject): PatchOperation | null {
  const target = readPatchTarget(given);
  if (!target || target.type === 'delete_file') return target;
  const { diff } = given;
  if (typeof diff === 'string') return { ...target, diff };
  // A file without a line.
  return target.type === 'create_file' && (diff ?? null) === null ? { ...target, diff: '' } : null;
}

function isPatchType(type: unknown): type is PatchTarget['type'] {
  return TYPES.has(type);
}
