import type {
  ChatAssistantMessage,
  ChatContentPart,
  ChatMediaPart,
  ChatMessage,
  ChatToolMessage,
} from '../../contracts/chat-completions.js';
import type { ModelProfile } from '../../contracts/model-profile.js';
import { asJsonObject } from './as-json-object.js';
import { showPart } from './media/show-media.js';
import { NestedJson } from './nested-json.js';
import { mediaOf, textOf } from './parse-content.js';

/** What of a profile decides on the form of messages. */
export type MessageProfile = Pick<
  ModelProfile,
  'systemRole' | 'reasoningField' | 'vision' | 'audioPart' | 'videoPart'
>;

/** One assistant message, with the results of its calls. */
interface AssistantTurn {
  message: ChatAssistantMessage;
  /** Ids of its calls as they go upstream. */
  callIds: Set<string>;
  /** By the call ids as they go upstream. */
  results: Map<string, ChatToolMessage>;
  media: ChatMediaPart[];
}

type Entry = ChatMessage | AssistantTurn;

const NO_OUTPUT = 'No output: the call was not carried out.';

/**
 * Turns the flat list of Responses items into chat messages.
 *
 * Chat templates expect one assistant message a turn, exactly one result for each of its calls right behind it, and
 * system text in front. So reasoning, text and calls in a row become ONE assistant message; results are put behind the calls
 * they belong to, in the order of the calls, wherever they stood; a call without a result gets one that says so; a result
 * without a call becomes text; media of results follow the group in a user message; system texts are joined in front:
 * all of them, or those that lead, as the profile says.
 */
export class MessageBuilder {
  private readonly entries: Entry[] = [];
  private readonly system: string[] = [];
  private readonly unanswered = new Map<string, { turn: AssistantTurn; wireId: string }[]>();
  private readonly argumentTexts = new NestedJson();
  private turn: AssistantTurn | null = null;

  /** @param ignored gets the names of what the profile does not let through */
  constructor(
    private readonly profile: MessageProfile,
    private readonly ignored: Set<string>,
  ) {}

  addSystem(text: string): void {
    if (text === '') return;
    const { systemRole } = this.profile;
    if (systemRole === 'merge' || this.entries.length === 0) this.system.push(text);
    else this.addMessage({ role: systemRole === 'anywhere' ? 'system' : 'user', content: text });
  }

  addUser(parts: ChatContentPart[]): void {
    const shown = this.show(parts);
    this.addMessage({ role: 'user', content: mediaOf(shown).length > 0 ? shown : textOf(shown) });
  }

  addAssistantText(text: string): void {
    if (text === '') return;
    const { message } = this.openTurn();
    message.content = message.content === null ? text : `${message.content}\n\n${text}`;
  }

  addReasoning(text: string): void {
    const field = this.profile.reasoningField;
    if (text === '' || field === null) return;
    const { message } = this.openTurn();
    const earlier = message[field];
    message[field] = earlier === undefined ? text : `${earlier}\n\n${text}`;
  }

  addCall(id: string, name: string, argumentsText: string): void {
    const turn = this.openTurn();
    turn.message.tool_calls ??= [];
    const calls = turn.message.tool_calls;
    const wireId = turn.callIds.has(id) ? `${id}_${calls.length + 1}` : id;
    turn.callIds.add(wireId);
    const written = asJsonObject(argumentsText, this.argumentTexts);
    calls.push({ id: wireId, type: 'function', function: { name, arguments: written } });
    const waiting = this.unanswered.get(id);
    if (waiting) waiting.push({ turn, wireId });
    else this.unanswered.set(id, [{ turn, wireId }]);
  }

  /** Whether there is a call of that id. */
  hasCall(callId: string): boolean {
    return this.unanswered.has(callId);
  }

  /** Whether a call has no output yet. */
  isWaitingFor(callId: string): boolean {
    return (this.unanswered.get(callId)?.length ?? 0) > 0;
  }

  /** @param callId empty where the output does not say which call it answers */
  addToolOutput(callId: string, parts: ChatContentPart[]): void {
    const call = this.unanswered.get(callId)?.shift();
    if (!call) {
      const what = callId === '' ? 'a tool call' : `the tool call ${callId}`;
      this.addUser([{ type: 'text', text: `Output of ${what}:` }, ...parts]);
      return;
    }
    const { turn, wireId } = call;
    const shown = this.show(parts);
    turn.results.set(wireId, { role: 'tool', tool_call_id: wireId, content: textOf(shown) });
    turn.media.push(...mediaOf(shown));
    if (turn === this.turn) this.turn = null;
  }

  /** @param instructions the request's own system text, which stands before all others */
  build(instructions: string): ChatMessage[] {
    const messages = this.entries.flatMap((entry) => ('results' in entry ? flatten(entry) : [entry]));
    const system = [instructions, ...this.system].filter((text) => text !== '').join('\n\n');
    if (system === '') return messages;
    if (this.profile.systemRole !== 'none') return [{ role: 'system', content: system }, ...messages];
    return prependToFirstUser(messages, system);
  }

  private show(parts: ChatContentPart[]): ChatContentPart[] {
    return parts.map((part) => showPart(part, this.profile, this.ignored));
  }

  private addMessage(message: ChatMessage): void {
    this.turn = null;
    this.entries.push(message);
  }

  private openTurn(): AssistantTurn {
    if (this.turn) return this.turn;
    const message: ChatAssistantMessage = { role: 'assistant', content: null };
    this.turn = { message, callIds: new Set(), results: new Map(), media: [] };
    this.entries.push(this.turn);
    return this.turn;
  }
}

function flatten({ message, results, media }: AssistantTurn): ChatMessage[] {
  const answers = (message.tool_calls ?? []).map(
    ({ id }): ChatToolMessage => results.get(id) ?? { role: 'tool', tool_call_id: id, content: NO_OUTPUT },
  );
  const shown: ChatMessage[] = media.length > 0 ? [{ role: 'user', content: media }] : [];
  // Strict servers take null beside calls only.
  const content = message.tool_calls ? message.content : (message.content ?? '');
  return [{ ...message, content }, ...answers, ...shown];
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
