import type { ChatAssistantMessage, ChatContentPart, ChatMessage } from '../../contracts/chat-completions.js';
import type { ModelProfile } from '../../config/model-profile.js';
import { imagesOf, textOf } from './parse-content.js';

/**
 * Turns the flat list of Responses items into chat messages.
 *
 * Chat templates expect one assistant message a turn, its tool results right behind it, and system text in front:
 * so reasoning, text and calls in a row become ONE assistant message, images of tool results wait until the group's
 * last result, and leading system texts are joined into one message.
 */
export class MessageBuilder {
  private readonly messages: ChatMessage[] = [];
  private readonly leading: string[] = [];
  private assistant: ChatAssistantMessage | null = null;
  private heldImages: ChatContentPart[] = [];

  constructor(private readonly profile: ModelProfile) {}

  addSystem(text: string): void {
    if (text === '') return;
    if (this.messages.length === 0) {
      this.leading.push(text);
      return;
    }
    this.closeTurn();
    const role = this.profile.systemRole === 'anywhere' ? 'system' : 'user';
    this.messages.push({ role, content: text });
  }

  addUser(parts: ChatContentPart[]): void {
    this.closeTurn();
    const hasImages = parts.some((part) => part.type === 'image_url');
    this.messages.push({ role: 'user', content: hasImages ? parts : textOf(parts) });
  }

  addAssistantText(text: string): void {
    if (text === '') return;
    const message = this.openAssistant();
    message.content = message.content === null ? text : `${message.content}\n\n${text}`;
  }

  addReasoning(text: string): void {
    const field = this.profile.reasoningField;
    if (text === '' || field === null) return;
    const message = this.openAssistant();
    const earlier = message[field];
    message[field] = earlier === undefined ? text : `${earlier}\n\n${text}`;
  }

  addCall(id: string, name: string, argumentsText: string): void {
    const message = this.openAssistant();
    message.tool_calls ??= [];
    message.tool_calls.push({
      id,
      type: 'function',
      function: { name, arguments: asJsonObject(argumentsText) },
    });
  }

  addToolOutput(callId: string, parts: ChatContentPart[]): void {
    this.assistant = null;
    this.messages.push({ role: 'tool', tool_call_id: callId, content: textOf(parts) });
    this.heldImages.push(...imagesOf(parts));
  }

  /** @param instructions the request's own system text, which stands before all others */
  build(instructions: string): ChatMessage[] {
    this.closeTurn();
    const system = [instructions, ...this.leading].filter((text) => text !== '').join('\n\n');
    if (system === '') return this.messages;
    if (this.profile.systemRole !== 'none') return [{ role: 'system', content: system }, ...this.messages];
    return prependToFirstUser(this.messages, system);
  }

  private openAssistant(): ChatAssistantMessage {
    if (this.assistant) return this.assistant;
    this.closeTurn();
    this.assistant = { role: 'assistant', content: null };
    this.messages.push(this.assistant);
    return this.assistant;
  }

  private closeTurn(): void {
    this.assistant = null;
    if (this.heldImages.length === 0) return;
    this.messages.push({ role: 'user', content: this.heldImages });
    this.heldImages = [];
  }
}

function prependToFirstUser(messages: ChatMessage[], system: string): ChatMessage[] {
  const first = messages[0];
  if (first?.role !== 'user') return [{ role: 'user', content: system }, ...messages];
  const content =
    typeof first.content === 'string'
      ? `${system}\n\n${first.content}`
      : [{ type: 'text' as const, text: system }, ...first.content];
  return [{ role: 'user', content }, ...messages.slice(1)];
}

/**
 * Model servers refuse a history whose call arguments are not JSON, and templates iterate over the object:
 * anything else is wrapped, so that the model still sees what it once wrote.
 */
function asJsonObject(text: string): string {
  if (text.trim() === '') return '{}';
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return text;
  } catch {
    return JSON.stringify({ input: text });
  }
  return JSON.stringify({ input: text });
}
