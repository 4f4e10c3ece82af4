import { Injectable } from '@nestjs/common';
import {
  type HiddenItem,
  type ResponseObject,
  type ResponseRecord,
  SqlResponseStore,
} from 'responses-gateway';

const DAY_S = 86_400;

/** Keeps what is marked as confidential for a day at most, whatever STORE_TTL says. */
@Injectable()
export class RetentionStore extends SqlResponseStore {
  override create(record: ResponseRecord): Promise<void> {
    return super.create({ ...record, expiresAt: expiryOf(record.response, record.expiresAt) });
  }

  /** The end of a background response. */
  override settle(
    tenant: string,
    response: ResponseObject,
    hidden: readonly HiddenItem[],
    expiresAt: number,
  ): Promise<boolean> {
    return super.settle(tenant, response, hidden, expiryOf(response, expiresAt));
  }
}

/** Unix times in seconds. */
function expiryOf({ metadata, created_at }: ResponseObject, expiresAt: number): number {
  return metadata.confidential === 'yes' ? Math.min(expiresAt, created_at + DAY_S) : expiresAt;
}
