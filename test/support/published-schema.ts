import { existsSync, readFileSync } from 'node:fs';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { arrayOf, isRecord, isString, recordOf, type Json } from './json.js';

const FILE = new URL('../../../shared/openresponses/openapi-2026-04-24.json', import.meta.url);
const MAX_ERRORS = 12;

/** Validators of Open Responses' published schema, compiled on first use. */
export interface PublishedSchema {
  eventTypes: ReadonlySet<string>;
  validateEvent(event: unknown): string[];
  validateResponse(response: unknown): string[];
  validateRequest(body: unknown): string[];
  /** Against any schema of the file, by its name. */
  validateAs(name: string, value: unknown): string[];
}

let loaded: { schema: PublishedSchema | undefined } | undefined;

/** The published schema, or undefined where its file is not there (it is not part of this repository). */
export function publishedSchema(): PublishedSchema | undefined {
  loaded ??= { schema: existsSync(FILE) ? load() : undefined };
  return loaded.schema;
}

/** What the published schema finds wrong with a stream event. Types that it does not know are skipped. */
export function validateEvent(event: unknown): string[] {
  return publishedSchema()?.validateEvent(event) ?? [];
}

/** What the published schema finds wrong with a response object. */
export function validateResponse(response: unknown): string[] {
  return publishedSchema()?.validateResponse(response) ?? [];
}

/** What the published schema finds wrong with the body of a request to create a response. */
export function validateRequest(body: unknown): string[] {
  return publishedSchema()?.validateRequest(body) ?? [];
}

/** What the published schema of this name finds wrong with a value. */
export function validateAs(name: string, value: unknown): string[] {
  return publishedSchema()?.validateAs(name, value) ?? [];
}

function load(): PublishedSchema {
  const document = JSON.parse(readFileSync(FILE, 'utf8')) as {
    components: { schemas: Record<string, Json> };
  };
  const { schemas } = document.components;
  const events = eventSchemas(schemas);
  const itemTypes = branchTypes(schemas, 'ItemField');
  const toolTypes = branchTypes(schemas, 'Tool');
  repair(schemas);
  keepUsableDiscriminators(schemas, schemas);
  const ajv = new Ajv2020({ strict: false, allErrors: true, discriminator: true, validateFormats: false });
  ajv.addSchema({ $id: 'openresponses', components: { schemas } });
  const check = (name: string, value: unknown): string[] => messages(compiled(ajv, name), value);
  const known = (response: unknown): unknown => withoutSuperset(response, itemTypes, toolTypes);
  return {
    eventTypes: new Set(events.keys()),
    validateEvent(event) {
      const name = events.get(String(recordOf(event).type));
      return name === undefined ? [] : check(name, knownEvent(recordOf(event), known, itemTypes));
    },
    validateResponse: (response) => check('ResponseResource', known(response)),
    validateRequest: (body) => check('CreateResponseBody', body),
    validateAs: check,
  };
}

function compiled(ajv: Ajv2020, name: string): ValidateFunction {
  const validate = ajv.getSchema(`openresponses#/components/schemas/${name}`);
  if (!validate) throw new Error(`The published schema has no ${name}.`);
  return validate as ValidateFunction;
}

function messages(validate: ValidateFunction, value: unknown): string[] {
  if (validate(value)) return [];
  const errors = validate.errors ?? [];
  const telling = errors.filter((error) => !isAlternative(error));
  const texts = (telling.length > 0 ? telling : errors).map(describe);
  return [...new Set(texts)].slice(0, MAX_ERRORS);
}

/** Errors of the branches "or null" and "one of" only repeat that the real branch failed. */
function isAlternative(error: ErrorObject): boolean {
  return error.keyword === 'anyOf' || error.keyword === 'oneOf' || error.params.type === 'null';
}

function describe(error: ErrorObject): string {
  const allowed = error.keyword === 'enum' ? ` (${arrayOf(error.params.allowedValues).join(', ')})` : '';
  return `${error.instancePath || '(root)'} ${error.message ?? error.keyword}${allowed}`;
}

function eventSchemas(schemas: Record<string, Json>): Map<string, string> {
  const names = Object.keys(schemas).filter((name) => name.endsWith('StreamingEvent'));
  return new Map(names.flatMap((name) => typesOf(schemas[name]).map((type) => [type, name])));
}

function typesOf(schema: unknown): string[] {
  return arrayOf(recordOf(recordOf(recordOf(schema).properties).type).enum).filter(isString);
}

function branchTypes(schemas: Record<string, Json>, name: string): Set<string> {
  const branches = arrayOf(recordOf(schemas[name]).oneOf);
  return new Set(branches.flatMap((branch) => typesOf(resolved(schemas, branch))));
}

function resolved(schemas: Record<string, Json>, branch: unknown): unknown {
  const { $ref: reference } = recordOf(branch);
  return isString(reference) ? schemas[reference.replace('#/components/schemas/', '')] : branch;
}

/** The file allows only null where a response echoes the schema of a json_schema format: an oversight. */
function repair(schemas: Record<string, Json>): void {
  const properties = recordOf(recordOf(schemas.JsonSchemaResponseFormat).properties);
  recordOf(properties.schema).anyOf = [{ type: 'object' }, { type: 'null' }];
}

/** Ajv refuses discriminators whose branches do not all name and require their tag. */
function keepUsableDiscriminators(node: unknown, schemas: Record<string, Json>): void {
  if (Array.isArray(node)) for (const inner of node) keepUsableDiscriminators(inner, schemas);
  if (!isRecord(node)) return;
  if (isRecord(node.discriminator) && !isUsable(node, schemas)) delete node.discriminator;
  for (const inner of Object.values(node)) keepUsableDiscriminators(inner, schemas);
}

function isUsable(node: Json, schemas: Record<string, Json>): boolean {
  const branches = arrayOf(node.oneOf).map((branch) => resolved(schemas, branch));
  const tags = branches.flatMap(typesOf);
  const required = branches.every((branch) => arrayOf(recordOf(branch).required).includes('type'));
  return required && tags.length === branches.length && new Set(tags).size === tags.length;
}

function knownEvent(event: Json, known: (response: unknown) => unknown, itemTypes: Set<string>): Json {
  if ('response' in event) return { ...event, response: known(event.response) };
  const { item } = event;
  const isForeign = isRecord(item) && isString(item.type) && !itemTypes.has(item.type);
  return isForeign ? { ...event, item: null } : event;
}

/** Takes out what the gateway offers beyond the schema on purpose: further item, tool and tool choice types. */
function withoutSuperset(response: unknown, itemTypes: Set<string>, toolTypes: Set<string>): unknown {
  if (!isRecord(response)) return response;
  const plain = { ...response };
  if (Array.isArray(plain.output)) plain.output = ofTypes(plain.output, itemTypes);
  if (Array.isArray(plain.tools)) plain.tools = ofTypes(plain.tools, toolTypes);
  const choice = plain.tool_choice;
  if (isRecord(choice) && Array.isArray(choice.tools)) {
    plain.tool_choice = { ...choice, tools: ofTypes(choice.tools, toolTypes) };
  } else if (isRecord(choice) && isString(choice.type) && !toolTypes.has(choice.type)) {
    plain.tool_choice = 'auto';
  }
  return plain;
}

function ofTypes(values: unknown[], types: Set<string>): unknown[] {
  return values.filter((value) => {
    const { type } = recordOf(value);
    return !isString(type) || types.has(type);
  });
}
