import { joinOutputText } from '../../contracts/join-output-text.js';
import type { OutputItem, ResponseObject, ResponseStatus } from '../../contracts/responses-api.js';

/** A response without its output, which stands in rows of its own. */
export function writeBody(response: ResponseObject): string {
  const { output, output_text: text } = response;
  // null: it is what the output says, and need not be kept twice.
  const kept = text !== undefined && text === joinOutputText(output) ? null : text;
  return JSON.stringify({ ...response, output: undefined, output_text: kept });
}

export function readBody(body: string, status: ResponseStatus, output: OutputItem[]): ResponseObject {
  const { output_text: text, ...rest } = JSON.parse(body) as Omit<ResponseObject, 'output_text'> & {
    output_text?: string | null;
  };
  const response: ResponseObject = { ...rest, status, output };
  if (text !== undefined) response.output_text = text ?? joinOutputText(output);
  return response;
}

/** Hidden items have room before each item of the output. */
const ROOM = 1_000;

/** `ordinal` of an item of the output. */
export const placeOfOutput = (index: number): number => index * ROOM + ROOM - 1;

/** `ordinal` of the hidden item of an index, before an item of the output. */
export const placeOfHidden = (before: number, index: number): number =>
  before * ROOM + Math.min(index, ROOM - 2);

/** Whether what it has put out is part of what was said. */
export const isContinued = (status: string): boolean => status === 'completed' || status === 'incomplete';

export const hasFailed = (status: string): boolean => status === 'failed' || status === 'cancelled';
