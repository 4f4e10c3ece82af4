import { Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import type { LifecycleEvent, ResponseEvent } from '../../contracts/response-events.js';
import { hasEnded } from '../../contracts/response-status.js';
import type { ResponseObject, ResponseStatus } from '../../contracts/responses-api.js';
import { EventLog } from '../../coordination/event-log.js';
import { Lease } from '../../coordination/lease.js';
import { InjectExtension } from '../../extension/inject-extension.decorator.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { freeConversation } from '../../state/conversation-lock.js';
import { ResponseStore, type StoredResponse } from '../../state/response-store.js';
import { errorEvent, failureCode } from '../../translation/stream/failure-events.js';
import { NO_USAGE } from '../../translation/stream/usage.js';
import { WebhookService } from '../../webhooks/webhook.service.js';
import { readConversationId } from '../input/read-conversation.js';

const BATCH = 1_000;
/** How long a background response that was not to be stored can still be read, s. */
const UNSTORED_TTL_S = 600;

/** Ends background responses that nobody works on (any more), and tells of those that have ended. */
@Injectable()
export class BackgroundEndings {
  constructor(
    @InjectExtension(ResponseStore) private readonly store: ResponseStore,
    @InjectExtension(EventLog) private readonly log: EventLog,
    @InjectExtension(Lease) private readonly lease: Lease,
    private readonly webhooks: WebhookService,
    private readonly environment: Environment,
  ) {}

  /** @returns when a response expires that ends now, as Unix time in seconds */
  expiryOf({ store }: ResponseObject): number {
    const ttl = store ? Math.ceil(this.environment.STORE_TTL / 1_000) : UNSTORED_TTL_S;
    return Math.floor(Date.now() / 1_000) + ttl;
  }

  /** @returns whether it was this that has ended it */
  async fail(tenant: string, stored: StoredResponse, error: GatewayError): Promise<boolean> {
    const response: ResponseObject = {
      ...stored.response,
      status: 'failed',
      output_text: '',
      error: { code: failureCode(error), message: error.message },
    };
    return this.end(tenant, stored, response, (ended, sequence) => [
      errorEvent(error, sequence),
      terminalEvent(ended, sequence + 1),
    ]);
  }

  /** @returns whether it was this that has ended it */
  async cancel(tenant: string, stored: StoredResponse): Promise<boolean> {
    const response: ResponseObject = {
      ...stored.response,
      status: 'cancelled',
      output_text: '',
      usage: NO_USAGE,
    };
    return this.end(tenant, stored, response, (ended, sequence) => [terminalEvent(ended, sequence)]);
  }

  /** Ends the log of a response that has ended, for whoever has died between the two. */
  async completeLog(tenant: string, id: string): Promise<void> {
    const stored = await this.store.find(tenant, id);
    if (!stored || !hasEnded(stored.response)) return;
    const { response } = stored;
    await this.endLog(response, (sequence) => [terminalEvent(response, sequence)]);
  }

  /** Tells whoever is to be told. */
  announce({ id, status }: ResponseObject): void {
    if (status === 'queued' || status === 'in_progress') return;
    void this.webhooks.notify(`response.${status}`, id);
  }

  private async end(
    tenant: string,
    stored: StoredResponse,
    response: ResponseObject,
    lastEvents: (ended: ResponseObject, sequence: number) => ResponseEvent[],
  ): Promise<boolean> {
    if (!(await this.store.settle(tenant, response, [], this.expiryOf(response)))) return false;
    await this.freeConversation(tenant, response);
    if (stored.streamed) {
      // With the items that its client has been told are done.
      const ended = (await this.store.find(tenant, response.id))?.response ?? response;
      await this.endLog(ended, (sequence) => lastEvents(ended, sequence));
    }
    this.announce(response);
    return true;
  }

  private async freeConversation(
    tenant: string,
    { id: holder, conversation }: ResponseObject,
  ): Promise<void> {
    const id = readConversationId(conversation);
    if (id === null) return;
    const forMs = this.environment.LEASE_MS;
    // What is not given back ends by itself.
    await freeConversation(this.lease, { tenant, id, holder, forMs }).catch(() => undefined);
  }

  private async endLog(
    response: ResponseObject,
    lastEvents: (sequence: number) => ResponseEvent[],
  ): Promise<void> {
    const { id } = response;
    const last = await this.findLast(id);
    if (!last) return;
    const next = last.sequence_number + 1;
    // Readers expect that it has begun before it ends.
    const begun: ResponseEvent[] =
      last.type === 'response.queued'
        ? [{ type: 'response.in_progress', sequence_number: next, response: withoutEnd(response) }]
        : [];
    const events = [...begun, ...lastEvents(next + begun.length)];
    await this.log.append(id, events, { isEnd: true, keepMs: this.environment.EVENT_LOG_TTL });
  }

  /** @returns null where there is no log, or it has ended */
  private async findLast(id: string): Promise<ResponseEvent | null> {
    let last: ResponseEvent | null = null;
    for (;;) {
      const part = await this.log.read(id, last?.sequence_number ?? -1, BATCH);
      if (!part || part.isEnded) return null;
      if (part.events.length === 0) return last;
      last = part.events.at(-1) ?? null;
    }
  }
}

/** As it was while it was answered. */
function withoutEnd({ output_text: _text, ...response }: ResponseObject): ResponseObject {
  return {
    ...response,
    status: 'in_progress',
    completed_at: null,
    output: [],
    error: null,
    incomplete_details: null,
    usage: null,
  };
}

const TERMINAL_EVENTS: Partial<Record<ResponseStatus, 'response.completed' | 'response.failed'>> = {
  completed: 'response.completed',
  failed: 'response.failed',
};

function terminalEvent(response: ResponseObject, sequence_number: number): LifecycleEvent {
  return { type: TERMINAL_EVENTS[response.status] ?? 'response.incomplete', sequence_number, response };
}

/** The events with which a background stream begins. */
export function queuedEvents(response: ResponseObject): LifecycleEvent[] {
  return (['response.created', 'response.queued'] as const).map((type, sequence_number) => ({
    type,
    sequence_number,
    response: { ...response },
  }));
}
