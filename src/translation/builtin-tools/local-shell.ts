import type { LocalShellAction } from '../../contracts/builtin-tools-api.js';
import { isObject, type RawObject } from '../../contracts/raw-object.js';
import type { BuiltinTool } from './builtin-tool.js';
import { readCount, readStrings } from './read-values.js';

export const LOCAL_SHELL: BuiltinTool = {
  kind: 'local_shell',
  name: 'local_shell',
  parameters: {
    type: 'object',
    properties: {
      command: {
        type: 'array',
        items: { type: 'string' },
        description: 'The program and its arguments, such as ["bash", "-lc", "ls | wc -l"].',
      },
      working_directory: { type: 'string', description: 'The folder to run it in.' },
      env: {
        type: 'object',
        additionalProperties: { type: 'string' },
        description: 'Environment variables to set.',
      },
      timeout_ms: { type: 'integer', description: 'Milliseconds after which it is stopped.' },
      user: { type: 'string', description: 'The user to run it as.' },
    },
    required: ['command'],
    additionalProperties: false,
  },
  needsVision: false,
  options: new Set(['type']),
  describe: () =>
    "Runs a program on the user's machine and returns its output. There is no shell in between: name one to use its syntax.",
};

/** @returns null for what is no action */
export function readLocalShellAction(given: RawObject): LocalShellAction | null {
  const { user, working_directory: folder } = given;
  const command = readStrings(given.command);
  const env = readVariables(given.env);
  if (!command || !env) return null;
  const timeout = readCount(given.timeout_ms);
  return {
    type: 'exec',
    command,
    env,
    ...(timeout !== null && { timeout_ms: timeout }),
    ...(typeof user === 'string' && user !== '' && { user }),
    ...(typeof folder === 'string' && folder !== '' && { working_directory: folder }),
  };
}

function readVariables(value: unknown): Record<string, string> | null {
  if (value === undefined || value === null) return {};
  if (!isObject(value)) return null;
  const entries = Object.entries(value);
  const isPlain = entries.every(([, inner]) => ['string', 'number', 'boolean'].includes(typeof inner));
  return isPlain ? Object.fromEntries(entries.map(([name, inner]) => [name, String(inner)])) : null;
}
