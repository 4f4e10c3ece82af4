import { Injectable } from '@nestjs/common';
import { hasEnded } from '../../contracts/response-status.js';
import type { ResponseObject } from '../../contracts/responses-api.js';
import type { DeletedResponse, ItemList } from '../../contracts/state-api.js';
import { invalidRequest } from '../../errors/gateway-error.js';
import { InjectExtension } from '../../extension/inject-extension.decorator.js';
import { type RequestContext, tenantOf } from '../../request/request-context.js';
import { checkPage, listItems } from '../../state/list-items.js';
import { BackgroundService } from '../background/background.service.js';
import type { LoggedAnswer } from '../background/logged-answer.js';
import { responseNotFound } from '../../state/not-found.js';
import { ResponseStore, type StoredResponse } from '../../state/response-store.js';
import type { PageQuery } from '../../state/stored-item.js';
import { isUsableId } from '../../state/usable-id.js';
import type { Retrieval } from './retrieve.pipe.js';

/** What can be done with a response once it is stored. To all but its own tenant it does not exist. */
@Injectable()
export class StoredResponsesService {
  constructor(
    @InjectExtension(ResponseStore) private readonly store: ResponseStore,
    private readonly background: BackgroundService,
  ) {}

  /** @throws GatewayError `not_found`; 400 where the events of a response are wanted that has none */
  async retrieve(
    id: string,
    retrieval: Retrieval,
    context: RequestContext,
  ): Promise<ResponseObject | LoggedAnswer> {
    const stored = await this.find(id, context);
    if (!retrieval.stream) return stored.response;
    return this.background.resume(stored, retrieval.startingAfter ?? -1, retrieval.obfuscate, context);
  }

  /** @throws GatewayError `not_found`; 400 while a background response is being answered */
  async delete(id: string, context: RequestContext): Promise<DeletedResponse> {
    const { response } = await this.find(id, context);
    if (response.background && !hasEnded(response)) {
      throw invalidRequest(
        null,
        'A background response cannot be deleted before it has ended: cancel it first.',
      );
    }
    if (!(await this.store.delete(tenantOf(context), id))) throw responseNotFound(id);
    return { id, object: 'response', deleted: true };
  }

  /** @throws GatewayError `not_found`; 400 where there is no item to go on behind */
  async listInput(id: string, page: PageQuery, context: RequestContext): Promise<ItemList> {
    checkPage(page);
    const found = isUsableId(id) ? await this.store.listInput(tenantOf(context), id, page) : null;
    if (!found) throw responseNotFound(id);
    return listItems(found);
  }

  /**
   * @returns the response as it is once it has ended, however that was
   * @throws GatewayError `not_found`; 400 for one that is not a background response
   */
  async cancel(id: string, context: RequestContext): Promise<ResponseObject> {
    return this.background.cancel(await this.find(id, context), context);
  }

  private async find(id: string, context: RequestContext): Promise<StoredResponse> {
    const stored = isUsableId(id) ? await this.store.find(tenantOf(context), id) : null;
    if (!stored) throw responseNotFound(id);
    return stored;
  }
}
