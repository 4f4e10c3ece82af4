import { Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import type { ResponseObject } from '../../contracts/responses-api.js';
import { InjectExtension } from '../../extension/inject-extension.decorator.js';
import { IdGenerator } from '../../ids/id-generator.js';
import { type RequestContext, tenantOf } from '../../request/request-context.js';
import { toItems } from '../../state/join-input.js';
import { normalizeItems } from '../../state/normalize-item.js';
import { type HiddenItem, ResponseStore } from '../../state/response-store.js';
import type { StoredItem } from '../../state/stored-item.js';
import type { Answer } from '../../translation/turn.js';
import type { PreparedRequest, RunPolicy } from '../prepared-request.js';
import { warn } from '../warn.js';
import { BackgroundRecorder, type RecordOptions, ResponseRecorder } from './response-recorder.js';
import { type RecordWriter, RunRecorder } from './run-recorder.js';

/** Has answers kept. */
@Injectable()
export class RecordService {
  constructor(
    @InjectExtension(ResponseStore) private readonly store: ResponseStore,
    @InjectExtension(IdGenerator) private readonly ids: IdGenerator,
    private readonly environment: Environment,
  ) {}

  /** For an answer that its client waits for. */
  foreground(prepared: PreparedRequest): NonNullable<RunPolicy['recorder']> {
    const { request, context, translated } = prepared;
    const { response } = translated;
    const streamed = request.body.stream === true;
    return (answer) => {
      const writer = new ResponseRecorder(this.store, {
        trace: context.trace,
        tenant: tenantOf(context),
        responseId: response.id,
        input: () => this.inputOf(prepared),
        hidden: () => this.hiddenOf(answer()),
        expiresAt: response.created_at + Math.ceil(this.environment.STORE_TTL / 1_000),
        failed: failing(context),
        ended: prepared.resolved.release,
      });
      return new RunRecorder(writer, streamed);
    };
  }

  /** For an answer that is not kept, and holds its conversation while it is made. */
  releasing({ resolved }: PreparedRequest): NonNullable<RunPolicy['recorder']> {
    const writer: RecordWriter = {
      keepItems: () => Promise.resolve(),
      keepResponse: resolved.release,
      failed: () => undefined,
    };
    return () => new RunRecorder(writer, false);
  }

  /** For an answer that goes on without its client. */
  background(
    context: RequestContext,
    response: ResponseObject,
    {
      tenant,
      expiresAt,
      lost,
      ended,
    }: Pick<RecordOptions, 'tenant' | 'ended'> & {
      expiresAt: () => number;
      lost: () => void;
    },
  ): { open: NonNullable<RunPolicy['recorder']>; isLost: () => boolean } {
    let recorder: BackgroundRecorder | null = null;
    return {
      open: (answer) => {
        recorder = new BackgroundRecorder(this.store, {
          trace: context.trace,
          tenant,
          responseId: response.id,
          hidden: () => this.hiddenOf(answer()),
          expiresAt,
          lost,
          ended,
          failed: failing(context),
        });
        return new RunRecorder(recorder, true);
      },
      isLost: () => recorder?.isLost ?? false,
    };
  }

  /** The request's own items as they are kept. */
  inputOf({ request, context, resolved }: PreparedRequest): readonly StoredItem[] {
    const { kept = null, joined } = context.connection ?? {};
    // What the connection alone remembers is kept with what continues it.
    const isOrphan = kept !== null && kept.id === resolved.previousId && !kept.isStored;
    const own = isOrphan ? joined?.items : resolved.own;
    const items = (own ?? toItems(request.body.input)).filter(isKept);
    return normalizeItems(items, (prefix) => this.ids.next(prefix)).map(({ item }) => item);
  }

  hiddenOf(answer: Answer | null): HiddenItem[] {
    const reasoning = (answer?.stream.unseen ?? []).map(({ text, before }) => ({
      before,
      item: {
        type: 'reasoning',
        id: this.ids.next('rs'),
        status: 'completed',
        summary: [],
        content: [{ type: 'reasoning_text', text }],
      },
    }));
    const calls = (answer?.unseenCalls ?? []).map(({ item, before }) => ({
      before,
      item: { ...item, id: this.ids.next('mcp') },
    }));
    return [...reasoning, ...calls];
  }
}

function failing(context: RequestContext): (error: unknown) => void {
  return (error) => {
    warn(context, 'not_stored');
    context.report.cause ??= error;
  };
}

/** The wish for a compaction is no part of what was said. */
function isKept(item: unknown): boolean {
  return (item as { type?: unknown }).type !== 'compaction_trigger';
}
