export type JsonType = 'string' | 'number' | 'integer' | 'boolean' | 'null' | 'object' | 'array';

type Node = Record<string, unknown>;

const MAX_HOPS = 8;

/** A tool's JSON schema as far as it tells what type a value should have. */
export class SchemaView {
  static readonly any = new SchemaView(undefined);
  private variants: Node[] | undefined;
  private allowed: ReadonlySet<JsonType> | null | undefined;

  constructor(
    private readonly node: unknown,
    private readonly root: unknown = node,
  ) {}

  /** The types a value may have; null: any. */
  get types(): ReadonlySet<JsonType> | null {
    return (this.allowed ??= unite(this.expand().map(typesOf)));
  }

  property(name: string): SchemaView {
    for (const { properties, additionalProperties } of this.expand()) {
      if (isNode(properties) && Object.hasOwn(properties, name)) return this.view(properties[name]);
      if (isNode(additionalProperties)) return this.view(additionalProperties);
    }
    return SchemaView.any;
  }

  get items(): SchemaView {
    const holder = this.expand().find(({ items }) => isNode(items));
    return holder ? this.view(holder.items) : SchemaView.any;
  }

  private view(node: unknown): SchemaView {
    return new SchemaView(node, this.root);
  }

  /** The schema without references and alternatives: every plain schema a value may be of. */
  private expand(): Node[] {
    return (this.variants ??= this.expandNode(this.node, MAX_HOPS));
  }

  private expandNode(node: unknown, hops: number): Node[] {
    if (!isNode(node) || hops === 0) return [];
    if (typeof node.$ref === 'string') return this.expandNode(this.resolve(node.$ref), hops - 1);
    const alternatives = [node.anyOf, node.oneOf, node.allOf].flatMap((list): unknown[] =>
      Array.isArray(list) ? list : [],
    );
    return alternatives.length === 0 || node.type !== undefined
      ? [node]
      : alternatives.flatMap((alternative) => this.expandNode(alternative, hops - 1));
  }

  private resolve(reference: string): unknown {
    if (!reference.startsWith('#')) return undefined;
    return reference
      .split('/')
      .slice(1)
      .reduce<unknown>((node, part) => {
        const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
        return isNode(node) && Object.hasOwn(node, name) ? node[name] : undefined;
      }, this.root);
  }
}

function unite(sets: (readonly JsonType[] | null)[]): ReadonlySet<JsonType> | null {
  const known = sets.filter((set) => set !== null);
  return sets.length === 0 || known.length < sets.length ? null : new Set(known.flat());
}

function typesOf({ type, enum: values, const: value, properties, items }: Node): JsonType[] | null {
  if (typeof type === 'string') return [type as JsonType];
  if (Array.isArray(type)) return type as JsonType[];
  if (Array.isArray(values)) return values.map(typeOf);
  if (value !== undefined) return [typeOf(value)];
  if (isNode(properties)) return ['object'];
  return isNode(items) ? ['array'] : null;
}

function typeOf(value: unknown): JsonType {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value as JsonType;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
