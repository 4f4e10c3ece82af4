import { Injectable } from '@nestjs/common';
import { invalidRequest } from '../errors/gateway-error.js';
import { InjectExtension } from '../extension/inject-extension.decorator.js';
import { IdGenerator } from '../ids/id-generator.js';
import { type RequestContext, tenantOf } from '../request/request-context.js';
import type { ItemToAdd } from '../state/conversation-store.js';
import { normalizeItems } from '../state/normalize-item.js';
import { referredItemNotFound } from '../state/not-found.js';
import { ResponseStore } from '../state/response-store.js';
import { isUsableId } from '../state/usable-id.js';
import { withoutToolSecrets } from '../state/without-tool-secrets.js';
import { TranslationService } from '../translation/translation.service.js';

const MAX_ITEMS = 20;

/** Reads items that a conversation is to hold. */
@Injectable()
export class ConversationInput {
  constructor(
    @InjectExtension(ResponseStore) private readonly responses: ResponseStore,
    @InjectExtension(IdGenerator) private readonly ids: IdGenerator,
    private readonly translation: TranslationService,
  ) {}

  /**
   * @returns the items in the form in which they are stored; in the place of references what they stand for
   * @throws GatewayError (400) whose param is the path of what is wrong; 404 for the first reference that stands for nothing
   */
  async read(given: readonly unknown[], context: RequestContext): Promise<ItemToAdd[]> {
    if (given.length > MAX_ITEMS) {
      throw invalidRequest('items', `Expected at most ${MAX_ITEMS} items, got ${given.length}.`);
    }
    const items = normalizeItems(withoutToolSecrets(given), (prefix) => this.ids.next(prefix), 'items');
    const resolved = await this.resolve(items, tenantOf(context));
    if (resolved.length > 0) {
      this.translation.checkItems(
        resolved.map(({ item }) => item),
        'items',
        context.caller?.id ?? '',
      );
    }
    return resolved;
  }

  private async resolve(items: ItemToAdd[], tenant: string): Promise<ItemToAdd[]> {
    const ids = items.flatMap(({ item: { type, id } }) => (type === 'item_reference' ? [id] : []));
    if (ids.length === 0) return items;
    const found = await this.responses.findItems(tenant, ids.filter(isUsableId));
    return items.map((given, index) => {
      const { type, id } = given.item;
      if (type !== 'item_reference') return given;
      const item = found.get(id);
      if (item) return { item, isGiven: false };
      throw referredItemNotFound(id, 'items', index);
    });
  }
}
