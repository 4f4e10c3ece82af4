import type { ParsedToolChoice } from './parse-tool-choice.js';

/** What to tell a model that did not call although the choice says it must; null where it need not. */
export function requiredCall({ echo, allowed }: ParsedToolChoice): string | null {
  if (echo === 'required') return 'You must call one of the tools now. Do not answer in text.';
  if (typeof echo === 'string') return null;
  if (echo.type === 'allowed_tools' && echo.mode !== 'required') return null;
  // As the model knows them.
  const names = [...(allowed ?? [])];
  if (names.length === 1) return `You must call the tool ${names.join()} now. Do not answer in text.`;
  return `You must call one of these tools now: ${names.join(', ')}. Do not answer in text.`;
}
