import { Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import type { RawObject } from '../../contracts/raw-object.js';
import { hasEnded } from '../../contracts/response-status.js';
import type { CreateResponseBody } from '../../contracts/responses-request.js';
import { Lease } from '../../coordination/lease.js';
import { Database } from '../../database/database.service.js';
import { GatewayError, invalidRequest } from '../../errors/gateway-error.js';
import { InjectExtension } from '../../extension/inject-extension.decorator.js';
import type { ConnectionMemory } from '../../request/connection-memory.js';
import { type RequestContext, tenantOf } from '../../request/request-context.js';
import { lockConversation } from '../../state/conversation-lock.js';
import { ConversationStore } from '../../state/conversation-store.js';
import { joinInput, referredId, shortenedId, toItems } from '../../state/join-input.js';
import { conversationNotFound } from '../../state/not-found.js';
import { ResponseStore } from '../../state/response-store.js';
import { isUsableId, shownId } from '../../state/usable-id.js';
import { readConversationId } from './read-conversation.js';
import { asSent, explainFor, NOTHING, NOTHING_HELD, type ResolvedInput } from './resolved-input.js';

type Continuing = Pick<CreateResponseBody, 'input' | 'previous_response_id' | 'conversation' | 'store'>;

/** What stands before an input. */
interface Earlier extends Pick<ResolvedInput, 'release' | 'handOver'> {
  items: readonly unknown[];
}

const STORE_IT = 'Items are not stored where `store` is false: set it to true, or send the item itself.';
const NO_HOLD = { release: NOTHING_HELD, handOver: NOTHING };
const NOTHING_EARLIER: Earlier = { items: [], ...NO_HOLD };
const NO_ITEMS: ReadonlyMap<string, RawObject> = new Map();

/** Puts together what the model is shown: the input, what it continues, and what it refers to. */
@Injectable()
export class InputService {
  constructor(
    private readonly database: Database,
    @InjectExtension(ResponseStore) private readonly responses: ResponseStore,
    @InjectExtension(ConversationStore) private readonly conversations: ConversationStore,
    @InjectExtension(Lease) private readonly leases: Lease,
    private readonly environment: Environment,
  ) {}

  /**
   * A promise where something that is kept has to be read.
   *
   * @param holder whoever locks the conversation, which then only this one may write to; null: it is only read
   * @throws GatewayError when something is not found, or the conversation is locked
   */
  resolve(
    body: Continuing,
    context: RequestContext,
    holder: string | null,
  ): ResolvedInput | Promise<ResolvedInput> {
    const previousId = body.previous_response_id || null;
    const conversationId = this.database.isOn ? readConversationId(body.conversation) : null;
    const { connection } = context;
    if (previousId !== null && conversationId !== null) {
      throw invalidRequest(
        'previous_response_id',
        "Mutually exclusive parameters: 'previous_response_id' and 'conversation'. Provide only one of them.",
      );
    }
    const referred = this.database.isOn ? referredIds(body.input) : [];
    if (previousId === null && conversationId === null && referred.length === 0) {
      if (connection) remember(connection, toItems(body.input), []);
      return asSent(body.input);
    }
    const advice = (body.store ?? this.environment.STORE_DEFAULT) ? undefined : STORE_IT;
    return this.join(body.input, { previousId, conversationId, referred, advice }, context, holder);
  }

  private async join(
    input: unknown,
    {
      previousId,
      conversationId,
      referred,
      advice,
    }: {
      previousId: string | null;
      conversationId: string | null;
      referred: string[];
      advice: string | undefined;
    },
    context: RequestContext,
    holder: string | null,
  ): Promise<ResolvedInput> {
    const tenant = tenantOf(context);
    const earlier = await this.findEarlier(previousId, conversationId, context, holder);
    try {
      const possible = referred.filter(isUsableId);
      const found = possible.length === 0 ? NO_ITEMS : await this.responses.findItems(tenant, possible);
      const continues = previousId !== null || conversationId !== null;
      const joined = joinInput(earlier.items, input, { continues, found, advice });
      if (context.connection) remember(context.connection, joined.items.slice(joined.kept), earlier.items);
      return {
        input: joined.items,
        own: joined.own,
        previousId,
        conversationId,
        release: earlier.release,
        handOver: earlier.handOver,
        explain: explainFor(joined),
      };
    } catch (error) {
      await earlier.release();
      throw error;
    }
  }

  private async findEarlier(
    previousId: string | null,
    conversationId: string | null,
    context: RequestContext,
    holder: string | null,
  ): Promise<Earlier> {
    if (previousId !== null) {
      const kept = context.connection?.kept;
      if (kept?.id === previousId) return { items: kept.items, ...NO_HOLD };
      return { items: await this.findPrevious(previousId, tenantOf(context)), ...NO_HOLD };
    }
    return conversationId === null
      ? NOTHING_EARLIER
      : this.openConversation(conversationId, tenantOf(context), holder);
  }

  private async findPrevious(id: string, tenant: string): Promise<readonly unknown[]> {
    const history =
      this.database.isOn && isUsableId(id) ? await this.responses.findHistory(tenant, id) : null;
    if (!history) throw previousNotFound(id);
    if (!hasEnded(history)) {
      throw invalidRequest('previous_response_id', `Response '${id}' has not ended yet.`);
    }
    return history.items;
  }

  private async openConversation(id: string, tenant: string, holder: string | null): Promise<Earlier> {
    // Before its lease: what is not there must not be locked.
    if (!isUsableId(id) || !(await this.conversations.find(tenant, id)))
      throw conversationNotFound(id, 'conversation');
    const hold = holder === null ? NO_HOLD : await this.lock(tenant, id, holder);
    try {
      const history = await this.conversations.findHistory(tenant, id);
      if (!history) throw conversationNotFound(id, 'conversation');
      return { items: history.items, ...hold };
    } catch (error) {
      await hold.release();
      throw error;
    }
  }

  private async lock(tenant: string, id: string, holder: string): Promise<Omit<Earlier, 'items'>> {
    const forMs = this.environment.LEASE_MS;
    const held = await lockConversation(this.leases, { tenant, id, forMs, holder });
    return {
      release: () => held.release(),
      handOver: () => {
        held.handOver(this.environment.STORE_TTL);
      },
    };
  }
}

/** In the words of OpenAI, which clients look for: they send the whole conversation then. */
function previousNotFound(id: string): GatewayError {
  return new GatewayError('previous_response_not_found', {
    param: 'previous_response_id',
    message: `Previous response with id '${shownId(id)}' not found.`,
  });
}

function referredIds(input: unknown): string[] {
  if (!Array.isArray(input)) return [];
  return input.map((item) => referredId(item) ?? shortenedId(item)).filter((id) => id !== undefined);
}

/** @throws GatewayError when it would be more than a POST with all of it could be */
function remember(connection: ConnectionMemory, own: readonly unknown[], earlier: readonly unknown[]): void {
  const { kept, maxSize } = connection;
  const size = sizeOf(own) + (earlier === kept?.items ? kept.size : sizeOf(earlier));
  if (earlier.length > 0 && size > maxSize) {
    throw new GatewayError('request_too_large', {
      param: 'previous_response_id',
      message: 'The conversation is too large to continue.',
    });
  }
  connection.joined = { items: [...earlier, ...own], size };
}

function sizeOf(items: readonly unknown[]): number {
  return items.length === 0 ? 0 : JSON.stringify(items).length;
}
