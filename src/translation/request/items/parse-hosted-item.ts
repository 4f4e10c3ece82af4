import type { ChatContentPart } from '../../../contracts/chat-completions.js';
import { parseImage } from '../media/parse-media.js';
import { isObject, type RawObject } from '../../../contracts/raw-object.js';
import { readGiven, writeGiven } from '../../hosted-tools/hosted-arguments.js';
import { isHostedKind } from '../../vocabulary/hosted-kind.js';
import { findHosted } from '../tools/hosted-tools.js';
import type { InputReading } from './input-reading.js';
import { showBuiltinCall, type ShownCall } from '../../builtin-tools/show-builtin-call.js';
import { addCall } from './parse-calls.js';

/** What a tool of a service was called with. */
interface HostedCall {
  name: unknown;
  namespace?: unknown;
  /** An object, or its JSON; anything else where the item does not tell. */
  given: unknown;
  /** Where call and result are one item: the result; null where the item does not tell. */
  result?: string | null;
}

interface HostedOutput {
  callId: unknown;
  /** Text, or the URL of an image; nothing where the item does not tell. */
  output: unknown;
}

export const NOT_KEPT = 'It was carried out; the result is not in this history.';
export const FAILED = 'It failed.';

const CALLS = new Map<string, (item: RawObject) => HostedCall>([
  [
    'web_search_call',
    ({ action }) => ({
      name: 'web_search',
      given: isObject(action) ? { ...action, sources: undefined } : null,
      result: isObject(action) ? listOf(action.sources, ({ url }) => asText(url)) : null,
    }),
  ],
  [
    'file_search_call',
    ({ queries, results }) => ({
      name: 'file_search',
      given: queries && { queries },
      result: listOf(results, ({ filename, text }) => `${asText(filename)}:\n${asText(text)}`),
    }),
  ],
  [
    'code_interpreter_call',
    ({ code, outputs }) => ({
      name: 'code_interpreter',
      given: code && { code },
      result: listOf(outputs, ({ type, logs }) => (type === 'image' ? '[An image]' : asText(logs))),
    }),
  ],
  [
    'image_generation_call',
    ({ revised_prompt: prompt, result }) => ({
      name: 'image_generation',
      given: prompt ? { prompt } : result && {},
      result: result ? 'An image was generated.' : null,
    }),
  ],
  ['program', ({ code }) => ({ name: 'program', given: code && { code } })],
]);

const OUTPUTS = new Map<string, (item: RawObject) => HostedOutput>([
  ['local_shell_call_output', ({ call_id, id, output }) => ({ callId: call_id ?? id, output })],
  ['shell_call_output', ({ call_id, output }) => ({ callId: call_id, output: shellText(output) })],
  [
    'apply_patch_call_output',
    ({ call_id, output, status }) => ({ callId: call_id, output: patchText(output, status) }),
  ],
  ['computer_call_output', ({ call_id, output }) => ({ callId: call_id, output })],
  ['program_output', ({ call_id, result }) => ({ callId: call_id, output: result })],
]);

/**
 * Reads an item of a tool that the gateway does not offer as a call or as an output, so that the model sees what has happened. Such
 * items are history of other services: what is odd in them is passed over.
 *
 * @returns false when the type is another one, or the item does not tell enough
 * @throws GatewayError (400) when a screenshot's URL is not one that may be named
 */
export function parseHostedItem(item: RawObject, type: string, path: string, reading: InputReading): boolean {
  const builtin = showBuiltinCall(item, type, reading.tools);
  if (builtin !== null) return addBuiltinCall(builtin, item, reading);
  const call = CALLS.get(type)?.(item);
  if (call) return addHostedCall(call, item, reading);
  const answer = OUTPUTS.get(type)?.(item);
  if (!answer || typeof answer.callId !== 'string') return false;
  if (answer.output === undefined || answer.output === null) return false;
  reading.messages.addToolOutput(answer.callId, [showOutput(answer.output, `${path}.output`, reading)]);
  return true;
}

function addBuiltinCall(call: ShownCall | undefined, item: RawObject, { messages }: InputReading): boolean {
  const id = item.call_id ?? item.id;
  if (!call || typeof id !== 'string') return false;
  messages.addCall(id, call.wireName, JSON.stringify(call.given));
  return true;
}

function addHostedCall(call: HostedCall, item: RawObject, reading: InputReading): boolean {
  const { name, namespace, given, result } = call;
  const id = item.call_id ?? item.id;
  if (typeof id !== 'string' || typeof name !== 'string' || name === '') return false;
  // The gateway itself has made the call and kept what came of it: see AnswerTools.
  if (isHostedKind(name) && reading.messages.hasCall(id)) return true;
  if (!isObject(given) && typeof given !== 'string') return false;
  const tool = findHosted(name, reading.tools);
  if (tool && isHostedKind(tool.kind) && isObject(given)) {
    const args = writeGiven(tool.kind, readGiven(tool.kind, given), tool.parameters);
    reading.messages.addCall(id, tool.wireName, JSON.stringify(args));
  } else {
    addCall(
      { id, name, namespace: typeof namespace === 'string' && namespace !== '' ? namespace : null },
      typeof given === 'string' ? given : JSON.stringify(given),
      reading,
    );
  }
  if (result !== undefined) {
    const text = result ?? (item.status === 'failed' ? FAILED : NOT_KEPT);
    reading.messages.addToolOutput(id, [{ type: 'text', text }]);
  }
  return true;
}

function showOutput(output: unknown, path: string, { media }: InputReading): ChatContentPart {
  const isImage = isObject(output) && typeof output.image_url === 'string';
  return isImage ? parseImage(output, path, media) : { type: 'text', text: asText(output) };
}

function shellText(output: unknown): unknown {
  if (!Array.isArray(output)) return output;
  return output.length === 0
    ? ''
    : listOf(output, ({ stdout, stderr, outcome }) =>
        [stdout, stderr, isSuccess(outcome) ? '' : outcome]
          .map(asText)
          .filter((text) => text !== '')
          .join('\n'),
      );
}

/** The text of one that failed need not say so. */
function patchText(output: unknown, status: unknown): unknown {
  const text = output ?? '';
  if (text === '') return status;
  return status === 'failed' ? `failed\n${asText(text)}` : text;
}

function isSuccess(outcome: unknown): boolean {
  return isObject(outcome) && outcome.type === 'exit' && outcome.exit_code === 0;
}

/** @returns null where there is nothing to describe */
function listOf(values: unknown, describe: (value: RawObject) => string): string | null {
  if (!Array.isArray(values) || values.length === 0) return null;
  return values.filter(isObject).map(describe).join('\n');
}

function asText(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
