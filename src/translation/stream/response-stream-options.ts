import type { HostedKind } from '../../contracts/hosted-tools-api.js';
import type { ResponseEvent } from '../../contracts/response-events.js';
import type { ResponseObject } from '../../contracts/responses-api.js';
import type { IdPrefix } from '../../ids/id-generator.js';
import type { ReasoningOutput } from '../turn-plan.js';
import type { ToolListing } from './write-mcp-items.js';

export interface ResponseStreamOptions {
  /** The response as it stands before the first item. */
  response: ResponseObject;
  reasoningOutput: ReasoningOutput;
  /** Makes the envelope of a reasoning item's text; absent: the items get none. */
  sealReasoning?: (text: string) => string;
  nextId: (prefix: IdPrefix) => string;
  /** Unix time in seconds. */
  now: () => number;
  emit: (event: ResponseEvent) => void;
  /** Reasoning that the client is not shown is kept in {@link ResponseStream.unseen}. */
  keepsUnseen?: boolean;
  /** Its `response.created` and `response.queued` were sent when it began to wait. */
  wasQueued?: boolean;
  /** Hosted tools whose results the client asks for; absent: none. */
  shownResults?: ReadonlySet<HostedKind>;
  /** Tools that were listed for it: its first items. */
  listings?: readonly ToolListing[];
}

export const NO_KINDS: ReadonlySet<HostedKind> = new Set();

/** `response.created` and `response.queued`. */
export const EVENTS_OF_QUEUED = 2;
