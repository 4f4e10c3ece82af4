import { isObject, type RawObject } from '../../read-field.js';
import { giveObjectRoot } from './give-object-root.js';
import { repairKeywords } from './repair-keywords.js';

/** As deep as a request body may be: JSON within a string does not count there. */
const MAX_NESTING = 64;

/** The schema of a tool's arguments as it was sent, also as JSON text; null where there is none. */
export function readParameters(value: unknown): RawObject | null {
  const schema = typeof value === 'string' ? parse(value) : value;
  return isObject(schema) ? schema : null;
}

/**
 * A schema that every server and chat template takes: its root is an object with properties, and no keyword holds what it must
 * not. What was right already is handed back itself, and nothing is refused: clients hand on what MCP servers have sent them.
 */
export function repairParameters(schema: RawObject): RawObject {
  const repair = giveObjectRoot(schema);
  return repairKeywords(repair.root, repair);
}

function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return isDeeper(value, MAX_NESTING) ? null : value;
  } catch {
    return null;
  }
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}
