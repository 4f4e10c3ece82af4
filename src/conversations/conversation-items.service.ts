import { Injectable } from '@nestjs/common';
import type { ConversationObject, ItemList, ListedItem } from '../contracts/state-api.js';
import { invalidRequest } from '../errors/gateway-error.js';
import { InjectExtension } from '../extension/inject-extension.decorator.js';
import { type RequestContext, tenantOf } from '../request/request-context.js';
import { ConversationStore } from '../state/conversation-store.js';
import { checkPage, listItems } from '../state/list-items.js';
import type { PageQuery } from '../state/stored-item.js';
import { isUsableId } from '../state/usable-id.js';
import { itemNotFound, showConversation } from './conversation-answers.js';
import { conversationNotFound } from '../state/not-found.js';
import { ConversationInput } from './conversation-input.service.js';
import { ConversationWriter } from './conversation-writer.service.js';
import type { AddItemsDto } from './conversations.dto.js';

/** The items of conversations. Reading never waits for whoever writes. */
@Injectable()
export class ConversationItemsService {
  constructor(
    @InjectExtension(ConversationStore) private readonly store: ConversationStore,
    private readonly input: ConversationInput,
    private readonly writer: ConversationWriter,
  ) {}

  /**
   * @returns the new items, in the order in which they were given
   * @throws GatewayError `not_found`, also for a reference to no item; `conversation_locked`; 400 naming what is wrong
   */
  async add(id: string, { items }: AddItemsDto, context: RequestContext): Promise<ItemList> {
    if (items.length === 0) throw invalidRequest('items', 'Expected at least one item.');
    return this.writer.write(id, context, async (tenant) => {
      if (!(await this.store.find(tenant, id))) throw conversationNotFound(id);
      const added = await this.store.addItems(tenant, id, await this.input.read(items, context));
      if (!added) throw conversationNotFound(id);
      return listItems({ items: added, hasMore: false });
    });
  }

  /** @throws GatewayError `not_found`; 400 where there is no item to go on behind */
  async list(id: string, page: PageQuery, context: RequestContext): Promise<ItemList> {
    checkPage(page);
    const found = isUsableId(id) ? await this.store.listItems(tenantOf(context), id, page) : null;
    if (!found) throw conversationNotFound(id);
    return listItems(found);
  }

  /** @throws GatewayError `not_found` */
  async find(id: string, itemId: string, context: RequestContext): Promise<ListedItem> {
    const tenant = tenantOf(context);
    const isPossible = isUsableId(id) && isUsableId(itemId);
    const item = isPossible ? await this.store.findItem(tenant, id, itemId) : null;
    if (!item) throw await this.missing(id, itemId, tenant);
    return item;
  }

  /**
   * @returns the conversation
   * @throws GatewayError `not_found`; `conversation_locked`
   */
  async delete(id: string, itemId: string, context: RequestContext): Promise<ConversationObject> {
    return this.writer.write(id, context, async (tenant) => {
      const conversation = isUsableId(itemId) ? await this.store.deleteItem(tenant, id, itemId) : null;
      if (!conversation) throw await this.missing(id, itemId, tenant);
      return showConversation(conversation);
    });
  }

  /** Says which of the two there is not. */
  private async missing(id: string, itemId: string, tenant: string): Promise<Error> {
    const isThere = isUsableId(id) && (await this.store.find(tenant, id)) !== null;
    return isThere ? itemNotFound(itemId) : conversationNotFound(id);
  }
}
