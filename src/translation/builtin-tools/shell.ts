import type { ShellAction } from '../../contracts/builtin-tools-api.js';
import type { RawObject } from '../../contracts/raw-object.js';
import { readArray, readObject, readString, readText } from '../request/read-field.js';
import type { BuiltinTool } from './builtin-tool.js';
import { readCount, readStrings } from './read-values.js';

const DESCRIPTION =
  "Runs shell commands on the user's machine, one after the other, and returns the output and the exit code of each.";

export const SHELL: BuiltinTool = {
  kind: 'shell',
  name: 'shell',
  parameters: {
    type: 'object',
    properties: {
      commands: {
        type: 'array',
        items: { type: 'string' },
        description: 'The commands, each a line for the shell.',
      },
      timeout_ms: { type: 'integer', description: 'Milliseconds after which they are stopped.' },
      max_output_length: { type: 'integer', description: 'Characters of output to return of each.' },
    },
    required: ['commands'],
    additionalProperties: false,
  },
  needsVision: false,
  options: new Set(['type', 'environment']),
  describe({ environment }, path) {
    if (environment === undefined || environment === null) return DESCRIPTION;
    const place = `${path}.environment`;
    const given = readObject(environment, place);
    if (readString(given.type, `${place}.type`) !== 'local') return null;
    return [DESCRIPTION, ...describeSkills(given.skills, `${place}.skills`)].join('\n');
  },
};

/** @returns null for what is no action */
export function readShellAction({ commands, timeout_ms, max_output_length }: RawObject): ShellAction | null {
  // One command alone is often not put into a list.
  const lines = readStrings(typeof commands === 'string' ? [commands] : commands);
  return (
    lines && {
      commands: lines,
      timeout_ms: readCount(timeout_ms),
      max_output_length: readCount(max_output_length),
    }
  );
}

/** OpenAI's models are told of them in a text of its own: here they stand with the tool. */
function describeSkills(skills: unknown, path: string): string[] {
  if (skills === undefined || skills === null) return [];
  const lines = readArray(skills, path).map((value, index) => {
    const skill = readObject(value, `${path}[${index}]`);
    const description = readText(skill.description, `${path}[${index}].description`);
    const folder = readString(skill.path, `${path}[${index}].path`);
    return `- ${readString(skill.name, `${path}[${index}].name`)} (${folder}): ${description}`;
  });
  return lines.length === 0 ? [] : ['Skills, each a folder whose SKILL.md says how it is done:', ...lines];
}
