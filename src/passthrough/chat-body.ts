import { GatewayError, invalidRequest } from '../errors/gateway-error.js';
import { elementsOf, findMembers, lengthOfMark, type Member, parseMember } from './find-members.js';

const MODEL = 'model';
const CACHE_KEY = 'prompt_cache_key';
const LONGEST_ANSWER = ['max_completion_tokens', 'max_tokens'];
/** How many answers are generated. */
const ANSWERS = ['n', 'best_of'];
const BYTES_PER_TOKEN = 4;
const MESSAGES = 'messages';
const PROMPT = 'prompt';
const ROLE = 'role';
const USER = 'user';
/** Of a message, or a prompt; the rest rarely tells two conversations apart. */
const MAX_COMPARED_BYTES = 1_024;
/** That may stand before the user's first one. */
const MAX_COMPARED_MESSAGES = 16;

/** The body of a request that is passed on: bytes, of which only the model's name is read and written. */
export class ChatBody {
  readonly model: string;
  private readonly cacheKey: string | undefined;
  private readonly messages: Member | undefined;
  private readonly prompt: Member | undefined;
  private readonly longestAnswer: number | undefined;
  private readonly answers: number | undefined;
  private readonly models: readonly Member[];

  /** @throws GatewayError (400) when it is no JSON object, or names no model */
  constructor(private readonly bytes: Buffer) {
    const members = findMembers(bytes, [MODEL, CACHE_KEY, MESSAGES, PROMPT, ...LONGEST_ANSWER, ...ANSWERS]);
    this.models = members.filter(({ name }) => name.toLowerCase() === MODEL);
    this.model = checkModel(this.valueOf(this.models.findLast(({ name }) => name === MODEL)));
    const key = this.valueOf(members.findLast(({ name }) => name === CACHE_KEY));
    this.cacheKey = typeof key === 'string' ? key : undefined;
    this.messages = members.findLast(({ name }) => name === MESSAGES);
    this.prompt = members.findLast(({ name }) => name === PROMPT);
    this.longestAnswer = this.largest(members, LONGEST_ANSWER);
    this.answers = this.largest(members, ANSWERS);
  }

  /**
   * Requests that share it share the beginning of what the model gets: the key that the client gives, else the messages up to the first
   * of the user, as clients repeat them, or the beginning of the prompt; undefined: there is nothing of these.
   */
  get beginning(): string | undefined {
    if (this.cacheKey !== undefined) return this.cacheKey;
    if (this.messages) return this.firstMessages(this.messages);
    return this.prompt && this.beginningOf(this.prompt);
  }

  /**
   * Tokens that the request may take, its input and the longest answers that it allows.
   *
   * @param otherwise length of an answer where the request does not limit it
   */
  estimateTokens(otherwise: number): number {
    const output = (this.longestAnswer ?? otherwise) * (this.answers ?? 1);
    return Math.ceil(this.bytes.length / BYTES_PER_TOKEN) + output;
  }

  /**
   * The same body for another model. Of several members `model`, or `Model`, each is replaced: servers differ in which one counts.
   */
  withModel(model: string): Buffer {
    if (model === this.model && this.models.length === 1 && lengthOfMark(this.bytes) === 0) return this.bytes;
    const name = Buffer.from(JSON.stringify(model));
    const parts: Buffer[] = [];
    let from = lengthOfMark(this.bytes);
    for (const { start, end } of this.models) {
      parts.push(this.bytes.subarray(from, start), name);
      from = end;
    }
    return Buffer.concat([...parts, this.bytes.subarray(from)]);
  }

  private firstMessages(messages: Member): string | undefined {
    const texts: string[] = [];
    try {
      for (const message of elementsOf(this.bytes, messages)) {
        texts.push(this.beginningOf(message));
        if (this.isOfUser(message) || texts.length === MAX_COMPARED_MESSAGES) break;
      }
    } catch {
      // What is no chat is refused by the model server, whichever that is.
    }
    return texts.length === 0 ? undefined : texts.join('\n');
  }

  private isOfUser({ start, end }: Pick<Member, 'start' | 'end'>): boolean {
    const message = this.bytes.subarray(start, end);
    const role = findMembers(message, [ROLE]).at(-1);
    return role !== undefined && parseMember(message, role) === USER;
  }

  private beginningOf({ start, end }: Pick<Member, 'start' | 'end'>): string {
    return this.bytes.toString('latin1', start, Math.min(end, start + MAX_COMPARED_BYTES));
  }

  /** Servers differ in which of them counts. */
  private largest(members: readonly Member[], names: readonly string[]): number | undefined {
    const values = names.map((wanted) => this.valueOf(members.findLast(({ name }) => name === wanted)));
    const counts = values.filter((value): value is number => typeof value === 'number' && value > 0);
    return counts.length === 0 ? undefined : Math.max(...counts);
  }

  private valueOf(member: Member | undefined): unknown {
    return member ? parseMember(this.bytes, member) : undefined;
  }
}

function checkModel(model: unknown): string {
  if (model === undefined || model === null || model === '')
    throw new GatewayError('missing_parameter', { param: MODEL, message: 'model is required.' });
  if (typeof model !== 'string')
    throw invalidRequest(MODEL, "Invalid value for 'model': model must be a string.");
  return model;
}
