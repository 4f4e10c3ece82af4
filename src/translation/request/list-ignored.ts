import type { CreateResponseBody } from '../../contracts/responses-request.js';
import { isObject } from '../../contracts/raw-object.js';
import type { ToolTable } from '../vocabulary/tool-table.js';
import { kindOfInclude } from './tools/hosted-tools.js';

/** Fields that are accepted, echoed where the contract has an echo, and change nothing. */
const WITHOUT_EFFECT = [
  'service_tier',
  'prompt_cache_key',
  'safety_identifier',
] as const satisfies readonly (keyof CreateResponseBody)[];

const FORMAT_OPTIONS = new Set(['type', 'name', 'description', 'schema', 'strict', 'json_schema']);

/** What has an effect within fields that are objects. */
const OPTIONS = {
  reasoning: new Set(['effort', 'summary', 'generate_summary']),
  text: new Set(['format']),
  response_format: FORMAT_OPTIONS,
  stream_options: new Set(['include_obfuscation', 'include_usage']),
  prompt_cache_options: new Set(['prewarm']),
} as const satisfies Partial<Record<keyof CreateResponseBody, ReadonlySet<string>>>;

/** What decides on what has an effect. */
export interface Honoured {
  /** Names of fields that go upstream as they are. */
  passed: readonly string[];
  tools: ToolTable;
}

const HONOURED_INCLUDES = new Set(['message.output_text.logprobs', 'reasoning.encrypted_content']);

/**
 * Adds the names of given fields that do not change the answer, for the `x-gateway-ignored` header.
 */
export function listIgnored(
  body: CreateResponseBody,
  unknownFields: Readonly<Record<string, unknown>>,
  { passed, tools }: Honoured,
  ignored: Set<string>,
): void {
  const drop = (name: string): void => {
    if (!passed.includes(name)) ignored.add(name);
  };
  for (const field of WITHOUT_EFFECT) {
    if (isGiven(body[field])) drop(field);
  }
  for (const field of Object.keys(OPTIONS) as (keyof typeof OPTIONS)[]) {
    if (!passed.includes(field)) listOptions(body[field], field, OPTIONS[field], ignored);
  }
  listOptions(body.text?.format, 'text.format', FORMAT_OPTIONS, ignored);
  for (const include of body.include ?? []) {
    const isHonoured = HONOURED_INCLUDES.has(String(include)) || kindOfInclude(include, tools) !== null;
    if (typeof include === 'string' && !isHonoured) ignored.add(`include:${include}`);
  }
  for (const field of Object.keys(unknownFields)) drop(field);
}

/** Adds `<path>.<name>` for each option that is given, not only switched off, and of no effect. */
export function listOptions(
  options: unknown,
  path: string,
  known: ReadonlySet<string>,
  ignored: Set<string>,
): void {
  if (!isObject(options)) return;
  for (const name of Object.keys(options)) {
    const value = options[name];
    if (!known.has(name) && isGiven(value) && value !== false && value !== '') ignored.add(`${path}.${name}`);
  }
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}
