import { isObject, type RawObject } from '../../contracts/raw-object.js';
import { resolvePointer } from '../../translation/vocabulary/resolve-pointer.js';

export type JsonType = 'string' | 'number' | 'integer' | 'boolean' | 'null' | 'object' | 'array';

/** A tool's JSON schema as far as it tells what type a value should have. @public */
export class SchemaView {
  static readonly any = new SchemaView(undefined);
  private variants: RawObject[] | undefined;
  private allowed: ReadonlySet<JsonType> | null | undefined;

  constructor(
    private readonly node: unknown,
    private readonly root: unknown = node,
    /** Of the whole schema, by what they show: what is asked for once more is not looked for again. */
    private readonly views = new Map<unknown, SchemaView>(),
  ) {}

  /** The types a value may have; null: any. */
  get types(): ReadonlySet<JsonType> | null {
    if (this.allowed === undefined) this.allowed = unite(this.expand().map(typesOf));
    return this.allowed;
  }

  property(name: string): SchemaView {
    for (const { properties, additionalProperties } of this.expand()) {
      if (isObject(properties) && Object.hasOwn(properties, name)) return this.view(properties[name]);
      if (isObject(additionalProperties)) return this.view(additionalProperties);
    }
    return SchemaView.any;
  }

  get items(): SchemaView {
    const holder = this.expand().find(({ items }) => isObject(items));
    return holder ? this.view(holder.items) : SchemaView.any;
  }

  private view(node: unknown): SchemaView {
    const known = this.views.get(node);
    if (known) return known;
    const view = new SchemaView(node, this.root, this.views);
    this.views.set(node, view);
    return view;
  }

  /**
   * The schema without references and alternatives: every plain schema a value may be of, each of them once, however often and in what
   * circles they are referred to.
   */
  private expand(): RawObject[] {
    return (this.variants ??= this.expandAll());
  }

  private expandAll(): RawObject[] {
    const plain: RawObject[] = [];
    const seen = new Set<unknown>();
    const open = [this.node];
    while (open.length > 0) {
      const node = open.pop();
      if (!isObject(node) || seen.has(node)) continue;
      seen.add(node);
      if (typeof node.$ref === 'string') {
        open.push(resolvePointer(node.$ref, this.root));
        continue;
      }
      const alternatives = [node.anyOf, node.oneOf, node.allOf].flatMap((list): unknown[] =>
        Array.isArray(list) ? list : [],
      );
      if (alternatives.length === 0 || node.type !== undefined) plain.push(node);
      else for (const alternative of alternatives.reverse()) open.push(alternative);
    }
    return plain;
  }
}

function unite(sets: (readonly JsonType[] | null)[]): ReadonlySet<JsonType> | null {
  const known = sets.filter((set) => set !== null);
  return sets.length === 0 || known.length < sets.length ? null : new Set(known.flat());
}

function typesOf({ type, enum: values, const: value, properties, items }: RawObject): JsonType[] | null {
  if (typeof type === 'string') return [type as JsonType];
  if (Array.isArray(type)) return type as JsonType[];
  if (Array.isArray(values)) return values.map(typeOf);
  if (value !== undefined) return [typeOf(value)];
  if (isObject(properties)) return ['object'];
  return isObject(items) ? ['array'] : null;
}

function typeOf(value: unknown): JsonType {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value as JsonType;
}
