import { isJson, type Json } from '../server/chat-request.js';
import { pythonDumps } from '../server/python-json.js';
import type { PayloadEvent, PayloadReader } from './payload-reader.js';

const NAME = /"name"\s*:\s*("(?:[^"\\]|\\.)*")/;

/** `{"name": …, "arguments": {…}}`: the name as soon as it is there, the arguments in one piece at the end. */
export class JsonPayload implements PayloadReader {
  private text = '';
  private named = false;

  /** @param closed whether a closing tag ends the block; else it ends with its JSON */
  constructor(private readonly closed: boolean) {}

  get complete(): boolean {
    return !this.closed && parseCall(this.text) !== undefined;
  }

  push(token: string): PayloadEvent[] {
    this.text += token;
    const name = this.named ? undefined : NAME.exec(this.text)?.[1];
    if (name === undefined) return [];
    this.named = true;
    return [{ name: JSON.parse(name) as string }];
  }

  close(): PayloadEvent[] | undefined {
    const call = parseCall(this.text);
    if (!call || !this.named) return undefined;
    const args = call.arguments ?? call.parameters ?? {};
    if (isJson(args) && Object.keys(args).length === 0) return [];
    return [{ args: typeof args === 'string' ? args : pythonDumps(args, false) }];
  }
}

function parseCall(text: string): Json | undefined {
  try {
    // internlm's block begins with a second tag before the JSON.
    const value: unknown = JSON.parse(text.replace(/^\s*<\|plugin\|>/, ''));
    return isJson(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
