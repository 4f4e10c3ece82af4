import { Injectable } from '@nestjs/common';
import { Environment } from '../config/environment.js';
import { isObject, type RawObject } from '../contracts/raw-object.js';
import type { PromptReference } from '../contracts/responses-api.js';
import { GatewayError, invalidRequest } from '../errors/gateway-error.js';
import { type WatchedFile, WatchedFiles } from '../reload/watched-files.service.js';
import { fillVariables, listVariables, type VariableValue, type Variables } from './fill-variables.js';
import { parsePromptFiles, type PromptTable, type PromptVersion } from './prompt-file.js';

const PARTS = new Set<unknown>(['input_text', 'input_image', 'input_file']);
const LONGEST_SHOWN = 100;

/** The prompts of PROMPTS_DIR, whose changes are taken over. */
@Injectable()
export class Prompts {
  private readonly table: WatchedFile<PromptTable> | null;

  /** @throws Error when a file is wrong at the start */
  constructor({ PROMPTS_DIR }: Environment, files: WatchedFiles) {
    this.table =
      PROMPTS_DIR === undefined ? null : files.openFolder('PROMPTS_DIR', PROMPTS_DIR, parsePromptFiles);
  }

  /**
   * Puts what the `prompt` of a body stands for into the body. What the body says itself stays.
   *
   * @param takes whether the body may have a field of that name
   * @throws GatewayError when there is no such prompt (404), or its variables are not right (400)
   */
  fill(body: RawObject, takes: (field: string) => boolean): RawObject {
    const { prompt } = body;
    if (prompt === undefined || prompt === null || prompt === '') return body;
    if (!this.table) {
      throw new GatewayError('unsupported_parameter', {
        param: 'prompt',
        message: 'Stored prompts are not supported: send instructions and input.',
      });
    }
    const { id, version, variables } = readReference(prompt);
    const { version: name, ...fields } = findVersion(this.table.current, id, version);
    refuseUnknown(variables ?? {}, listVariables([fields.instructions, fields.input]));
    const wanted = Object.entries(fields).filter(
      ([field, value]) => value !== undefined && takes(field) && (body[field] ?? null) === null,
    );
    const filled = wanted.map(([field, value]) => [
      field,
      field === 'instructions' || field === 'input' ? fillVariables(value, variables ?? {}) : value,
    ]);
    const reference: PromptReference = { id, version: name, variables };
    return { ...body, ...(Object.fromEntries(filled) as RawObject), prompt: reference };
  }
}

function findVersion(table: PromptTable, id: string, version: string | null): PromptVersion {
  const versions = table.get(id);
  if (!versions)
    throw new GatewayError('not_found', {
      param: 'prompt.id',
      message: `Prompt with id '${shown(id)}' not found.`,
    });
  const found = version === null ? versions.at(-1) : versions.find((each) => each.version === version);
  if (found) return found;
  throw new GatewayError('not_found', {
    param: 'prompt.version',
    message: `Version '${shown(version ?? '')}' of prompt '${id}' not found.`,
  });
}

function readReference(prompt: unknown): {
  id: string;
  version: string | null;
  variables: Variables | null;
} {
  if (!isObject(prompt)) throw invalidRequest('prompt', 'Expected an object with the id of a prompt.');
  const { id, version = null, variables = null } = prompt;
  if (typeof id !== 'string' || id === '') throw invalidRequest('prompt.id', 'Expected the id of a prompt.');
  if (version !== null && typeof version !== 'string')
    throw invalidRequest('prompt.version', 'Expected a version, as a string.');
  if (variables === null) return { id, version, variables: null };
  if (!isObject(variables)) throw invalidRequest('prompt.variables', 'Expected an object.');
  for (const [name, value] of Object.entries(variables)) {
    if (!isValue(value)) {
      throw invalidRequest(
        `prompt.variables.${shown(name)}`,
        'Expected a string, or a part of type input_text, input_image or input_file.',
      );
    }
  }
  return { id, version, variables: variables as Record<string, VariableValue> };
}

function isValue(value: unknown): value is VariableValue {
  return typeof value === 'string' || (isObject(value) && PARTS.has(value.type));
}

function refuseUnknown(variables: Variables, known: ReadonlySet<string>): void {
  const unknown = Object.keys(variables).filter((name) => !known.has(name));
  if (unknown.length === 0) return;
  const names = unknown.map((name) => `'${shown(name)}'`).join(', ');
  throw invalidRequest('prompt.variables', `Unknown prompt variables: ${shown(names)}.`);
}

function shown(text: string): string {
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}
