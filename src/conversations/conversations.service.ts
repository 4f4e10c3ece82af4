import { Injectable } from '@nestjs/common';
import type { ConversationObject, DeletedConversation } from '../contracts/state-api.js';
import { InjectExtension } from '../extension/inject-extension.decorator.js';
import { IdGenerator } from '../ids/id-generator.js';
import { type RequestContext, tenantOf } from '../request/request-context.js';
import { ConversationStore } from '../state/conversation-store.js';
import { isUsableId } from '../state/usable-id.js';
import { readMetadata } from '../translation/request/read-metadata.js';
import { showConversation } from './conversation-answers.js';
import { conversationNotFound } from '../state/not-found.js';
import { ConversationInput } from './conversation-input.service.js';
import { ConversationWriter } from './conversation-writer.service.js';
import type { CreateConversationDto, UpdateConversationDto } from './conversations.dto.js';

/** Conversations themselves. To all but its own tenant a conversation does not exist. */
@Injectable()
export class ConversationsService {
  constructor(
    @InjectExtension(ConversationStore) private readonly store: ConversationStore,
    @InjectExtension(IdGenerator) private readonly ids: IdGenerator,
    private readonly input: ConversationInput,
    private readonly writer: ConversationWriter,
  ) {}

  /** @throws GatewayError (400) naming what is wrong; 404 for a reference to no item */
  async create(body: CreateConversationDto, context: RequestContext): Promise<ConversationObject> {
    const items = await this.input.read(body.items ?? [], context);
    const conversation = {
      id: this.ids.next('conv'),
      createdAt: Math.floor(Date.now() / 1000),
      metadata: readMetadata(body.metadata),
    };
    await this.store.create(tenantOf(context), conversation, items);
    return showConversation(conversation);
  }

  /** @throws GatewayError `not_found` */
  async find(id: string, context: RequestContext): Promise<ConversationObject> {
    const found = isUsableId(id) ? await this.store.find(tenantOf(context), id) : null;
    if (!found) throw conversationNotFound(id);
    return showConversation(found);
  }

  /** Exchanges the metadata as a whole. @throws GatewayError `not_found`; 400 naming the pair that is wrong */
  async update(
    id: string,
    { metadata }: UpdateConversationDto,
    context: RequestContext,
  ): Promise<ConversationObject> {
    const read = readMetadata(metadata);
    const updated = isUsableId(id) ? await this.store.update(tenantOf(context), id, read) : null;
    if (!updated) throw conversationNotFound(id);
    return showConversation(updated);
  }

  /** @throws GatewayError `not_found`; `conversation_locked` while another one writes to it */
  async delete(id: string, context: RequestContext): Promise<DeletedConversation> {
    const isDeleted = await this.writer.write(id, context, (tenant) => this.store.delete(tenant, id));
    if (!isDeleted) throw conversationNotFound(id);
    return { id, object: 'conversation.deleted', deleted: true };
  }
}
