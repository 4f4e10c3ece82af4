import { createRequire } from 'node:module';
import type { BrokenCircuitError, CircuitBreakerPolicy } from 'cockatiel';
import type { ServerCondition } from './readiness-probe.js';
import type { UpstreamEjection } from './upstream-events.js';

/** Only gateways with several servers need it. */
const load = createRequire(import.meta.url);
type Cockatiel = typeof import('cockatiel');

/** Failures in a row that eject a server. */
const FAILURES = 5;
/** How long it then gets no requests. It is short, so that a server that works again is not idle for long. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 4_000;
/** The breaker goes by a clock of its own, in whole milliseconds. */
const LATER_MS = 5;
/** Probes in a row without a good answer: by the first a server may just be busy. */
const PROBES_UNTIL_EJECTED = 2;
/** Its requests are taken from it only when it has had more time to answer one of them. */
const PROBES_UNTIL_HANGING = 3;

export interface HealthListener {
  ejected: (reason: UpstreamEjection['reason']) => void;
  returned: () => void;
}

/**
 * Whether a server gets requests: not while its probe fails, nor for a while after its answers have failed, and then one at first, as
 * a trial. Made for servers that have others beside them.
 */
export class ServerHealth {
  private readonly cockatiel = load('cockatiel') as Cockatiel;
  private breaker = this.openBreaker();
  private failedProbes = 0;
  private isUnreachable = false;
  private trialAt = 0;
  private isTrying = false;
  private wasUp = true;

  constructor(private readonly listener: HealthListener) {}

  get isUp(): boolean {
    return !this.isDownByProbe && this.breaker.state === this.cockatiel.CircuitState.Closed;
  }

  /** Whether it should get one request, to see. */
  get isDueForTrial(): boolean {
    return !this.isUp && !this.isDownByProbe && !this.isTrying && performance.now() >= this.trialAt;
  }

  /** Whether it has not answered for so long that those who wait for it should go elsewhere. */
  get isHanging(): boolean {
    return !this.isUnreachable && this.failedProbes >= PROBES_UNTIL_HANGING;
  }

  /** Whether all is well by its last probe. */
  get isSound(): boolean {
    return this.isUp && this.failedProbes === 0;
  }

  /** A request begins. @returns whether it is a trial */
  begin(): boolean {
    const isTrial = this.isDueForTrial;
    if (isTrial) this.isTrying = true;
    return isTrial;
  }

  /** @param isGood null: nobody knows, since nobody waited for it */
  end(isTrial: boolean, isGood: boolean | null): void {
    if (isTrial) this.isTrying = false;
    if (isGood !== null && (isTrial || this.isUp)) void this.count(isGood);
  }

  takeProbe({ state }: ServerCondition): void {
    this.failedProbes = state === 'ready' ? 0 : this.failedProbes + 1;
    this.isUnreachable = state === 'unreachable';
    this.tell('probe');
  }

  private get isDownByProbe(): boolean {
    return this.isUnreachable || this.failedProbes >= PROBES_UNTIL_EJECTED;
  }

  private async count(isGood: boolean): Promise<void> {
    const { breaker } = this;
    try {
      await breaker.execute(() => {
        if (!isGood) throw new Error('The server has failed.');
      });
    } catch (error) {
      // A trial comes too early where the clock was set back in the meantime: such a breaker would stay open until it has caught up.
      const isEarly = (error as Partial<BrokenCircuitError>).isBrokenCircuitError;
      if (isEarly && this.breaker === breaker && isGood) this.breaker = this.openBreaker();
    }
    this.tell('failures');
  }

  private tell(reason: UpstreamEjection['reason']): void {
    const { isUp } = this;
    if (isUp === this.wasUp) return;
    this.wasUp = isUp;
    if (isUp) this.listener.returned();
    else this.listener.ejected(reason);
  }

  private openBreaker(): CircuitBreakerPolicy {
    const { circuitBreaker, ConsecutiveBreaker, DelegateBackoff, handleAll } = this.cockatiel;
    const halfOpenAfter = new DelegateBackoff<{ attempt: number }>(({ attempt }) => {
      const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1));
      this.trialAt = performance.now() + pause + LATER_MS;
      return pause;
    });
    return circuitBreaker(handleAll, { breaker: new ConsecutiveBreaker(FAILURES), halfOpenAfter });
  }
}
