import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { isRecord, isString, recordOf, type Json } from './json.js';

export const API_DOCUMENT_FILE = new URL('../../openapi/openapi.yaml', import.meta.url);

export interface MediaType {
  schema: Json;
  examples?: Record<string, { value: unknown }>;
  example?: unknown;
}

export interface DescribedAnswer {
  headers?: Json;
  content?: Record<string, MediaType>;
}

export interface Operation {
  security?: unknown[];
  requestBody?: { content: Record<string, MediaType> };
  responses: Record<string, DescribedAnswer>;
}

export interface ApiDocument {
  openapi: string;
  info: { version: string };
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Json>; responses: Record<string, DescribedAnswer> };
}

let loaded: ApiDocument | undefined;
let compiler: Ajv2020 | undefined;
const validators = new Map<string, ValidateFunction>();

/** openapi/openapi.yaml. To parse it takes half a second, so the test files share what was parsed. */
export function apiDocument(): ApiDocument {
  loaded ??= load();
  return loaded;
}

function load(): ApiDocument {
  const yaml = readFileSync(API_DOCUMENT_FILE);
  const cached = join(tmpdir(), `openapi-${createHash('sha256').update(yaml).digest('hex')}.json`);
  if (!existsSync(cached)) {
    const own = `${cached}.${process.pid}`;
    writeFileSync(own, JSON.stringify(parse(yaml.toString('utf8'))));
    renameSync(own, cached);
  }
  return JSON.parse(readFileSync(cached, 'utf8')) as ApiDocument;
}

/** What a reference within the document leads to, or the value itself. */
export function resolved<T>(value: T): T {
  const { $ref: reference } = recordOf(value);
  if (!isString(reference)) return value;
  const names = reference.replace(/^#\//, '').split('/');
  return names.reduce<unknown>((node, name) => recordOf(node)[name], apiDocument()) as T;
}

/**
 * What the document finds wrong with a value. Objects may have no field that it does not name, except where it says so:
 * clients are to take what they do not know, but nothing goes out that is not written down.
 *
 * @param name of a schema in `components`
 */
export function validateAs(name: string, value: unknown): string[] {
  return validate(`#/components/schemas/${name}`, value);
}

/** The same for the schema of a request or answer, which is a reference to one. */
export function validateWith({ $ref: reference }: Json, value: unknown): string[] {
  return validate(String(reference), value);
}

/** Compiles what events and answers are held to: at the first of them it would hold up a gateway that runs in this process. */
export function prepareValidators(): void {
  for (const name of ['Response', 'Error']) validatorOf(`#/components/schemas/${name}`);
  for (const reference of Object.values(eventMapping())) validatorOf(String(reference));
}

/** The same for an event of a stream, or any other frame of a WebSocket. */
export function validateEvent(event: unknown): string[] {
  const type = String(recordOf(event).type);
  if (type === 'error' && 'status' in recordOf(event)) return validateAs('WebSocketError', event);
  if (type === 'response.steer.failed') return validateAs('SteerFailed', event);
  const reference = eventMapping()[type];
  return isString(reference) ? validate(reference, event) : [`there is no event ${type}`];
}

function validate(reference: string, value: unknown): string[] {
  return messages(validatorOf(reference), value);
}

function eventMapping(): Json {
  return recordOf(recordOf(apiDocument().components.schemas.ResponseEvent?.discriminator).mapping);
}

function validatorOf(reference: string): ValidateFunction {
  const known = validators.get(reference);
  if (known) return known;
  compiler ??= withDocument();
  const check = compiler.getSchema(`gateway${reference}`) as ValidateFunction | undefined;
  if (!check) throw new Error(`The document has no ${reference}.`);
  validators.set(reference, check);
  return check;
}

function withDocument(): Ajv2020 {
  const ajv = new Ajv2020({
    strict: true,
    strictRequired: false,
    allowUnionTypes: true,
    allErrors: true,
    discriminator: true,
  });
  ajv.addVocabulary(['components', 'example']);
  ajv.addSchema({ ...closed({ components: apiDocument().components }), $id: 'gateway' });
  return ajv;
}

/** A copy in which objects have no further fields; without what ajv does not know of discriminators. */
function closed<T>(node: T): T {
  if (Array.isArray(node)) return node.map(closed) as T;
  if (!isRecord(node)) return node;
  const copy: Json = Object.fromEntries(Object.entries(node).map(([name, inner]) => [name, closed(inner)]));
  if (isRecord(copy.discriminator)) delete copy.discriminator.mapping;
  if (copy.type === 'object' && isRecord(copy.properties)) copy.additionalProperties ??= false;
  return copy as T;
}

function messages(check: ValidateFunction, value: unknown): string[] {
  if (check(value)) return [];
  return [...new Set((check.errors ?? []).map(describe))].slice(0, 12);
}

function describe({ instancePath, keyword, message, params }: ErrorObject): string {
  const further = isString(params.additionalProperty) ? ` (${params.additionalProperty})` : '';
  return `${instancePath || '(root)'} ${message ?? keyword}${further}`;
}
