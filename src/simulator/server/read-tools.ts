import { isJson, type Json, type ToolChoice, type ToolDefinition } from './chat-request.js';

/** The function tools of a request. */
export function readTools(tools: unknown): ToolDefinition[] {
  const list: unknown[] = Array.isArray(tools) ? tools : [];
  return list.filter(isJson).flatMap((tool) => {
    const fn: Json = isJson(tool.function) ? tool.function : {};
    const parameters = isJson(fn.parameters) ? fn.parameters : {};
    return typeof fn.name === 'string' ? [{ name: fn.name, parameters }] : [];
  });
}

/** The choice in one shape; LMDeploy only narrows the rendered tools by it. */
export function readToolChoice(choice: unknown): ToolChoice {
  if (choice === 'none' || choice === 'required') return { mode: choice };
  if (!isJson(choice)) return { mode: 'auto' };
  if (choice.type === 'function') return { mode: 'required', names: names([choice]) };
  const allowed: Json = isJson(choice.allowed_tools) ? choice.allowed_tools : {};
  return { mode: allowed.mode === 'required' ? 'required' : 'auto', names: names(allowed.tools) };
}

const names = (tools: unknown) => readTools(tools).map((tool) => tool.name);
