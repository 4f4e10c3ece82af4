import type { ParsedToolChoice } from './parse-tool-choice.js';

/** What to tell a model that did not call although the choice says it must; null where it need not. */
export function requiredCall({ echo }: ParsedToolChoice): string | null {
  if (echo === 'required') return 'You must call one of the tools now. Do not answer in text.';
  if (typeof echo === 'string') return null;
  if (echo.type !== 'allowed_tools') return `You must call the tool ${echo.name} now. Do not answer in text.`;
  if (echo.mode !== 'required') return null;
  const names = echo.tools.map(({ name }) => name).join(', ');
  return `You must call one of these tools now: ${names}. Do not answer in text.`;
}
