import { Injectable } from '@nestjs/common';
import { Subject } from 'rxjs';
import type { ErrorName } from '../errors/error-table.js';

/** One request to one model server, as far as its headers or its failure. */
export interface UpstreamAttempt {
  upstream: string;
  /** `aborted`: nobody wanted the answer any more. */
  outcome: 'accepted' | 'aborted' | ErrorName;
  /** Until the headers of the answer came, or until it had failed. */
  latencyMs: number;
  /** Another server had failed before. */
  isRetry: boolean;
}

/** A model server gets no requests for a while. */
export interface UpstreamEjection {
  upstream: string;
  /** Its answers, or its probe, have failed. */
  reason: 'failures' | 'probe';
}

export interface UpstreamState {
  name: string;
  /** Whether it gets requests. */
  isUp: boolean;
  inFlight: number;
}

/** What happens between the gateway and its model servers, for those who count it. */
@Injectable()
export class UpstreamEvents {
  readonly attempts = new Subject<UpstreamAttempt>();
  readonly ejections = new Subject<UpstreamEjection>();
  /** How the servers are now. */
  states: () => readonly UpstreamState[] = () => [];
}
