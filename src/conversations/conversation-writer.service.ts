import { Injectable } from '@nestjs/common';
import { Environment } from '../config/environment.js';
import { Lease } from '../coordination/lease.js';
import { InjectExtension } from '../extension/inject-extension.decorator.js';
import { type RequestContext, tenantOf } from '../request/request-context.js';
import { lockConversation } from '../state/conversation-lock.js';
import { isUsableId } from '../state/usable-id.js';
import { conversationNotFound } from '../state/not-found.js';

/** Changes of a conversation: one at a time, and none while a response is made that is to be appended to it. */
@Injectable()
export class ConversationWriter {
  constructor(
    @InjectExtension(Lease) private readonly lease: Lease,
    private readonly environment: Environment,
  ) {}

  /**
   * Has it changed by `work` alone.
   *
   * @throws GatewayError `conversation_locked`; `not_found` for what can be no id
   */
  async write<T>(id: string, context: RequestContext, work: (tenant: string) => Promise<T>): Promise<T> {
    if (!isUsableId(id)) throw conversationNotFound(id);
    const tenant = tenantOf(context);
    const held = await lockConversation(this.lease, { tenant, id, forMs: this.environment.LEASE_MS });
    try {
      return await work(tenant);
    } finally {
      // What was written stays written: a lease that cannot be released ends by itself.
      await held.release();
    }
  }
}
