import type { NestedJson } from '../../nested-json.js';
import { isObject, type RawObject } from '../../../../contracts/raw-object.js';
import { giveObjectRoot } from './give-object-root.js';
import { repairKeywords } from './repair-keywords.js';

/** As deep as a request body may be: JSON within a string does not count there. */
const MAX_LEVELS = 64;

/** One is enough for nearly all; an alternative that falls away may be what a reference led to, and so on. */
const MAX_PASSES = 4;

/** The schema of a tool's arguments as it was sent, also as JSON text; null where there is none. */
export function readParameters(value: unknown, texts: NestedJson): RawObject | null {
  if (typeof value === 'string') return texts.readObject(value, MAX_LEVELS);
  return isObject(value) ? value : null;
}

/** The same of a tool, mended. */
export function parametersOf({ parameters }: RawObject, texts: NestedJson): RawObject | null {
  const schema = readParameters(parameters, texts);
  return schema && repairParameters(schema);
}

/**
 * A schema that every server and chat template takes: its root is an object with properties, and no keyword holds what it must
 * not. What was right already is handed back itself, and nothing is refused: clients hand on what MCP servers have sent them.
 */
export function repairParameters(schema: RawObject): RawObject {
  let mended = schema;
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const next = repairOnce(mended);
    if (next === mended) break;
    mended = next;
  }
  return mended;
}

/** The keywords come first: what a schema is must not be told by words that will not be there. */
function repairOnce(schema: RawObject): RawObject {
  const repair = giveObjectRoot(repairKeywords(schema, { root: schema, origin: '#' }));
  return repairKeywords(repair.root, repair);
}
