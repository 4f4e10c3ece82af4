import { Injectable } from '@nestjs/common';
import { hasEnded } from '../../contracts/response-status.js';
import type { OutputItem, ResponseObject, ResponseStatus } from '../../contracts/responses-api.js';
import { Environment } from '../../config/environment.js';
import { Database } from '../../database/database.service.js';
import { GroupedWrites } from '../../database/grouped-writes.js';
import { inTransaction, isCollision } from '../../database/in-transaction.js';
import type { ItemRow } from '../../database/schema.js';
import { InjectExtension } from '../../extension/inject-extension.decorator.js';
import { IdGenerator } from '../../ids/id-generator.js';
import { EnvelopeSealer } from '../../sealing/envelope-sealer.js';
import {
  type HiddenItem,
  type History,
  type ResponseRecord,
  ResponseStore,
  type StoredResponse,
} from '../response-store.js';
import type { Page, PageQuery, StoredItem } from '../stored-item.js';
import { BackgroundRows } from './background-rows.js';
import { ItemFinder } from './find-items.js';
import { HistoryReader } from './history-reader.js';
import { ItemBodies } from './item-bodies.js';
import { ItemWriter } from './item-writer.js';
import { nowInSeconds } from './now.js';
import { pageOf } from './page-of.js';
import { GRACE_S, isPlain, RecordWriter } from './record-writer.js';
import { placeOfOutput, readBody } from './response-body.js';
import { sweepExpired } from './sweep-expired.js';

/** How long items wait for their response to be kept, seconds. */
const ANSWERED_WITHIN_S = 86_400;

/** Groups of writes that a server works on at a time. */
const PARALLEL = 4;

/** Responses in the database of DATABASE_URL. @public */
@Injectable()
export class SqlResponseStore extends ResponseStore {
  private readonly background: BackgroundRows;
  private readonly bodies: ItemBodies;
  private readonly items: ItemWriter;
  private readonly records: RecordWriter;
  private readonly histories: HistoryReader;
  private readonly finder: ItemFinder;
  private readonly kept: GroupedWrites<ItemRow[]>;
  private readonly created: GroupedWrites<ResponseRecord>;

  constructor(
    private readonly database: Database,
    @InjectExtension(EnvelopeSealer) sealer: EnvelopeSealer,
    @InjectExtension(IdGenerator) ids: IdGenerator,
    { ENCRYPTION_KEY }: Environment,
  ) {
    super();
    const { db } = database;
    this.background = new BackgroundRows(database);
    this.bodies = new ItemBodies(sealer, Boolean(ENCRYPTION_KEY));
    this.items = new ItemWriter(db, this.bodies, ids);
    this.records = new RecordWriter(db, this.items, this.bodies);
    this.histories = new HistoryReader(db, this.bodies);
    this.finder = new ItemFinder(db);
    const parallel = database.isShared ? PARALLEL : 1;
    this.kept = new GroupedWrites((groups) => this.items.insert(db, groups.flat()), parallel);
    this.created = new GroupedWrites(
      (records) => inTransaction(db, (transaction) => this.records.writeTogether(transaction, records)),
      parallel,
    );
  }

  override async keepItems(
    tenant: string,
    responseId: string,
    items: readonly { item: OutputItem; outputIndex: number }[],
  ): Promise<void> {
    const entries = items.map(({ item, outputIndex }) => ({
      item: item as unknown as StoredItem,
      kind: 'output' as const,
      ordinal: placeOfOutput(outputIndex),
    }));
    const rows = this.items.rowsOf({ tenant, responseId }, entries, nowInSeconds() + ANSWERED_WITHIN_S);
    await this.database.run(() => this.kept.add(rows));
  }

  override create(record: ResponseRecord): Promise<void> {
    return this.database.run(async (db) => {
      try {
        if (isPlain(record)) {
          await this.created.add(record);
          return;
        }
      } catch (error) {
        // One of those that were written with it was the reason, perhaps this one.
        if (!isCollision(error)) throw error;
      }
      await inTransaction(db, (transaction) => this.records.write(transaction, record));
    });
  }

  override begin(tenant: string, id: string, staleMs: number): Promise<boolean> {
    return this.background.begin(tenant, id, staleMs);
  }

  override beat(tenant: string, id: string): Promise<boolean> {
    return this.background.beat(tenant, id);
  }

  override markStarted(tenant: string, id: string): Promise<boolean> {
    return this.background.markStarted(tenant, id);
  }

  override settle(
    tenant: string,
    response: ResponseObject,
    hidden: readonly HiddenItem[],
    expiresAt: number,
  ): Promise<boolean> {
    return this.database.run((db) =>
      inTransaction(db, (transaction) =>
        this.records.settle(transaction, tenant, response, hidden, expiresAt),
      ),
    );
  }

  override find(tenant: string, id: string): Promise<StoredResponse | null> {
    return this.database.run(async (db) => {
      const row = await db
        .selectFrom('responses')
        .select(['status', 'streamed', 'started', 'body', 'job'])
        .where('id', '=', id)
        .where('tenant', '=', tenant)
        .where('expires_at', '>', nowInSeconds())
        .executeTakeFirst();
      if (!row) return null;
      const items = await db
        .selectFrom('items')
        .select(['id', 'body'])
        .where('response_id', '=', id)
        .where('tenant', '=', tenant)
        .where('kind', 'in', ['output', 'partial'])
        .orderBy('ordinal')
        .execute();
      const status = row.status as ResponseStatus;
      // What a background response has put out so far is not shown before its end.
      const output = hasEnded({ status }) ? items.map((item) => this.bodies.show(tenant, item)) : [];
      return {
        response: readBody(row.body, status, output as unknown as OutputItem[]),
        streamed: row.streamed === 1,
        job: row.job === null ? null : this.bodies.open(tenant, row.job),
        started: row.started === 1,
      };
    });
  }

  override findHistory(tenant: string, id: string): Promise<(History & { status: ResponseStatus }) | null> {
    return this.database.run((db) => this.histories.readAll(db, { tenant, id, now: nowInSeconds() }));
  }

  override listInput(tenant: string, id: string, page: PageQuery): Promise<Page | null> {
    return this.database.run(async (db) => {
      const items = await this.histories.readInput(db, { tenant, id, now: nowInSeconds() });
      return items && pageOf(items, page);
    });
  }

  override findItems(tenant: string, ids: readonly string[]): Promise<ReadonlyMap<string, StoredItem>> {
    return this.database.run(async (db) => {
      const rows = await this.finder.find(db, tenant, ids, nowInSeconds());
      return new Map(rows.map((row) => [row.id, this.bodies.show(tenant, row)]));
    });
  }

  override delete(tenant: string, id: string): Promise<boolean> {
    return this.database.run(async (db) => {
      const now = nowInSeconds();
      // What continues it may need its items, also a response that is being answered; nothing needs the rest.
      const { numUpdatedRows } = await db
        .updateTable('responses')
        .set({ expires_at: 0, sweep_at: now + GRACE_S, body: '{}', job: null })
        .where('id', '=', id)
        .where('tenant', '=', tenant)
        .where('expires_at', '>', now)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    });
  }

  override listUnfinished(staleMs: number): Promise<{ tenant: string; id: string }[]> {
    return this.background.listUnfinished(staleMs);
  }

  override sweep(limit: number): Promise<number> {
    return this.database.run((db) =>
      inTransaction(db, (transaction) => sweepExpired(transaction, nowInSeconds(), limit)),
    );
  }

  override isReady(): Promise<boolean> {
    return this.database.isReady();
  }
}
