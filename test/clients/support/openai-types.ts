import { createRequire } from 'node:module';
import path from 'node:path';
import ts from 'typescript';

const PACKAGE = path.dirname(createRequire(import.meta.url).resolve('openai'));
/** Fields that tell the members of a union apart. */
const TAGS = ['type', 'object', 'role'];

/** Types of the installed `openai`, to hold JSON against. Fields beyond a type are no mismatch. */
export class OpenAITypes {
  private readonly program: ts.Program;
  private readonly checker: ts.TypeChecker;

  constructor() {
    const files = [
      'responses/responses',
      'responses/input-items',
      'responses/input-tokens',
      'conversations/conversations',
      'conversations/items',
      'models',
      'shared',
    ].map(fileOf);
    const options = { strict: true, skipLibCheck: true, types: [], module: ts.ModuleKind.NodeNext };
    this.program = ts.createProgram(files, options);
    this.checker = this.program.getTypeChecker();
  }

  /**
   * @param module such as `responses/responses`
   * @returns what keeps a value from being of the type, each with its path
   */
  mismatches(value: unknown, name: string, module = 'responses/responses'): string[] {
    return this.compare(value, this.find(name, module), name);
  }

  private find(name: string, module: string): ts.Type {
    const source = this.program.getSourceFile(fileOf(module));
    const symbol = source && this.checker.getSymbolAtLocation(source);
    const found = symbol && this.checker.getExportsOfModule(symbol).find((one) => one.name === name);
    if (!found) throw new Error(`openai has no type ${name} in ${module}`);
    return this.checker.getDeclaredTypeOfSymbol(found);
  }

  private compare(value: unknown, type: ts.Type, at: string): string[] {
    if (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) return [];
    if (type.isUnion()) return this.compareUnion(value, type.types, at);
    if (type.isStringLiteral() || type.isNumberLiteral())
      return value === type.value ? [] : [this.say(value, type, at)];
    if (type.isIntersection()) return type.types.flatMap((member) => this.compare(value, member, at));
    if (!(type.flags & ts.TypeFlags.Object))
      return isPrimitive(value, type, this.checker) ? [] : [this.say(value, type, at)];
    if (this.checker.isArrayType(type)) {
      if (!Array.isArray(value)) return [this.say(value, type, at)];
      const [element] = this.checker.getTypeArguments(type as ts.TypeReference);
      return value.flatMap((entry, index) => this.compare(entry, element!, `${at}[${index}]`));
    }
    if (this.checker.typeToString(type) === '{}') return value === null ? [this.say(value, type, at)] : [];
    if (!isRecord(value)) return [this.say(value, type, at)];
    return this.compareFields(value, type, at);
  }

  private compareFields(value: Record<string, unknown>, type: ts.Type, at: string): string[] {
    const known = this.checker.getPropertiesOfType(type);
    const wrong = known.flatMap((property) => {
      const field = `${at}.${property.name}`;
      const inner = value[property.name];
      if (inner !== undefined) return this.compare(inner, this.checker.getTypeOfSymbol(property), field);
      return property.flags & ts.SymbolFlags.Optional ? [] : [`${field} is missing`];
    });
    const names = new Set(known.map(({ name }) => name));
    const others = this.checker.getIndexTypeOfType(type, ts.IndexKind.String);
    if (!others) return wrong;
    const further = Object.keys(value).filter((name) => !names.has(name));
    return [...wrong, ...further.flatMap((name) => this.compare(value[name], others, `${at}.${name}`))];
  }

  /** Of several members that could be meant, the one that fits best tells what is wrong. */
  private compareUnion(value: unknown, members: readonly ts.Type[], at: string): string[] {
    const meant = members.filter((member) => this.couldBe(value, member));
    const results = meant.map((member) => this.compare(value, member, at));
    results.sort((one, other) => one.length - other.length);
    return results[0] ?? [`${at} is ${show(value)}, none of ${members.length} types`];
  }

  private couldBe(value: unknown, member: ts.Type): boolean {
    const isStructure = Boolean(member.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection));
    if (!isRecord(value))
      return Array.isArray(value) ? isStructure : this.compare(value, member, '').length === 0;
    if (!isStructure) return Boolean(member.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown));
    return TAGS.every((tag) => {
      const property = member.getProperty(tag);
      if (!property || value[tag] === undefined) return true;
      return this.compare(value[tag], this.checker.getTypeOfSymbol(property), '').length === 0;
    });
  }

  private say(value: unknown, type: ts.Type, at: string): string {
    return `${at} is ${show(value)}, not ${this.checker.typeToString(type)}`;
  }
}

const fileOf = (module: string) => path.join(PACKAGE, 'resources', `${module}.d.ts`);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const show = (value: unknown) => (JSON.stringify(value) ?? 'undefined').slice(0, 80);

function isPrimitive(value: unknown, type: ts.Type, checker: ts.TypeChecker): boolean {
  if (type.flags & ts.TypeFlags.BooleanLiteral)
    return String(value) === checker.typeToString(type) && typeof value === 'boolean';
  if (type.flags & ts.TypeFlags.String) return typeof value === 'string';
  if (type.flags & ts.TypeFlags.Number) return typeof value === 'number';
  if (type.flags & ts.TypeFlags.Boolean) return typeof value === 'boolean';
  if (type.flags & ts.TypeFlags.Null) return value === null;
  return Boolean(type.flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Void)) && value === undefined;
}
