import type { ChatAudioPart, ChatVideoPart } from './chat-completions.js';
import type { CompactionItem, ResponseUsage } from './responses-api.js';

/** Sound and films stay in the form of chat completions, which is read as input too. */
export type UserMessagePart =
  | { type: 'input_text'; text: string }
  | { type: 'input_image'; image_url: string; detail: string }
  | ChatAudioPart
  | ChatVideoPart;

/** A message of the user as an item of a response. */
export interface UserMessageItem {
  type: 'message';
  id: string;
  status: 'completed';
  role: 'user';
  content: UserMessagePart[];
}

/** Answer of `POST /v1/responses/compact`: the conversation in short, to be sent on as the next input. */
export interface CompactionResource {
  id: string;
  object: 'response.compaction';
  /** Unix time in seconds. */
  created_at: number;
  /** The user's messages, then one compaction that stands for all the rest. */
  output: (UserMessageItem | CompactionItem)[];
  usage: ResponseUsage;
}

/** Answer of `POST /v1/responses/input_tokens`. */
export interface InputTokens {
  object: 'response.input_tokens';
  input_tokens: number;
}
