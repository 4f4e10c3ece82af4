import { isObject, type RawObject } from '../../../contracts/raw-object.js';

/** Property of the lowered function that carries a freeform tool's whole input. */
export const FREEFORM_PROPERTY = 'input';

export const FREEFORM_PARAMETERS = {
  type: 'object',
  properties: {
    [FREEFORM_PROPERTY]: { type: 'string', description: "The tool's whole input, as plain text." },
  },
  required: [FREEFORM_PROPERTY],
  additionalProperties: false,
};

/** A model server knows no grammars: the model is told in words. */
export function describeCustomTool(description: string, format: unknown): string {
  if (!isObject(format) || format.type !== 'grammar') return description;
  const { syntax, definition } = flattenFormat(format);
  if (typeof definition !== 'string') return description;
  const language = typeof syntax === 'string' ? syntax : 'lark';
  const rule = `The value of "${FREEFORM_PROPERTY}" must follow this ${language} grammar:\n${definition}`;
  return description === '' ? rule : `${description}\n\n${rule}`;
}

/** A format as Responses have it; chat completions put the grammar into an object of its own. */
export function flattenFormat({ grammar, ...format }: RawObject): RawObject {
  return isObject(grammar) ? { ...format, ...grammar } : format;
}
