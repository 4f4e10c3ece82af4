import { fileURLToPath } from 'node:url';
import { getJson } from '../../support/http-client.js';
import { type EngineProcess, startEngine } from '../support/engine-process.js';

export const MODEL = 'smollm2';
/** Tokens that one slot of the server holds; see server.py. */
export const CONTEXT = 1_024;

export const LLAMA_CPP = { UPSTREAM_PRESET: 'llamacpp' };

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** A llama.cpp server whose chat template shows tools. */
export const startLlamaCpp = (port = '0'): Promise<EngineProcess> =>
  startEngine('llama-cpp', [here('server.py'), here('tools.jinja'), port]);

/** One whose chat template begins each answer within the reasoning. */
export const startThinkingLlamaCpp = (port = '0'): Promise<EngineProcess> =>
  startEngine('llama-cpp', [here('server.py'), here('thinking.jinja'), port]);

/** How many answers the server is writing, and the tokens of the longest one it holds. */
export async function readSlots({ url }: EngineProcess): Promise<{ busy: number; longest: number }> {
  const { body } = await getJson(`${url}/slots`);
  const slots = body as { is_processing: boolean; n_prompt_tokens?: number }[];
  return {
    busy: slots.filter((slot) => slot.is_processing).length,
    longest: Math.max(...slots.map(({ n_prompt_tokens: tokens = 0 }) => tokens)),
  };
}

/** A format that allows one text alone: what the model writes is known beforehand. */
export const exactly = (value: string) => ({
  format: {
    type: 'json_schema',
    name: 'exact',
    strict: true,
    schema: {
      type: 'object',
      properties: { value: { const: value } },
      required: ['value'],
      additionalProperties: false,
    },
  },
});
