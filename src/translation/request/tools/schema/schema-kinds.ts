import { isObject, type RawObject } from '../../../../contracts/raw-object.js';
import { resolvePointer } from '../../../vocabulary/resolve-pointer.js';
import { repairType } from './schema-type.js';

/** What a schema takes: objects (also beside others), nothing but null, something else, or nothing at all. */
export type SchemaKind = 'object' | 'null' | 'other' | 'none';

const MAX_HOPS = 8;

/** Tells schemas of one document apart, each looked at once however often it is referred to. */
export class SchemaKinds {
  private readonly known = new Map<unknown, SchemaKind>();

  constructor(private readonly root: RawObject) {}

  of(schema: unknown, hops = MAX_HOPS): SchemaKind {
    if (!isObject(schema)) return schema === true ? 'object' : 'none';
    const known = this.known.get(schema);
    if (known) return known;
    this.known.set(schema, 'object');
    const kind = hops === 0 ? 'object' : this.find(schema, hops);
    this.known.set(schema, kind);
    return kind;
  }

  private find(schema: RawObject, hops: number): SchemaKind {
    if (isObject(schema.properties)) return 'object';
    if (isObject(schema.not) && Object.keys(schema.not).length === 0) return 'none';
    const types = repairType(schema.type);
    if (types !== undefined) return kindOfTypes([types].flat());
    if (typeof schema.$ref === 'string') {
      const target = resolvePointer(schema.$ref, this.root);
      return target === undefined ? 'object' : this.of(target, hops - 1);
    }
    if (Array.isArray(schema.enum) && schema.enum.length > 0) return kindOfTypes(schema.enum.map(typeOf));
    if (schema.const !== undefined) return kindOfTypes([typeOf(schema.const)]);
    const branches = [schema.anyOf, schema.oneOf].flatMap((list): unknown[] =>
      Array.isArray(list) ? list : [],
    );
    if (branches.length > 0) return join(branches.map((branch) => this.of(branch, hops - 1)));
    return schema.items === undefined && schema.prefixItems === undefined ? 'object' : 'other';
  }
}

function kindOfTypes(types: readonly unknown[]): SchemaKind {
  if (types.includes('object')) return 'object';
  return types.every((type) => type === 'null') ? 'null' : 'other';
}

function join(kinds: readonly SchemaKind[]): SchemaKind {
  return (['object', 'other', 'null'] as const).find((kind) => kinds.includes(kind)) ?? 'none';
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return isObject(value) ? 'object' : 'other';
}
