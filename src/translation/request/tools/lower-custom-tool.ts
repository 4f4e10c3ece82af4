import { isObject } from '../read-field.js';

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
  if (!isObject(format) || format.type !== 'grammar' || typeof format.definition !== 'string')
    return description;
  const syntax = typeof format.syntax === 'string' ? format.syntax : 'lark';
  const rule = `The value of "${FREEFORM_PROPERTY}" must follow this ${syntax} grammar:\n${format.definition}`;
  return description === '' ? rule : `${description}\n\n${rule}`;
}
