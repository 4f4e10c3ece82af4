import type { Json } from '../server/chat-request.js';

/** A call the script decides on. */
export interface ScriptedCall {
  name: string;
  args: Json;
}

/** What the simulated model means to say, before it is put into a model's own text. */
export interface ScriptedAnswer {
  reasoning?: string;
  text: string;
  calls: ScriptedCall[];
}
