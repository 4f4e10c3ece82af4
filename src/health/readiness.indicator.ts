import { Inject, Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { PinoLogger } from 'nestjs-pino';
import { DrainService } from '../request/drain.service.js';
import { within } from '../request/within.js';
import { type ReadinessCheck, READINESS_CHECKS } from './readiness-check.js';

/** Probes may come as fast as they like: each is asked once in this time. */
const REMEMBERED_MS = 1_000;
/** A client of an extension may take its time. */
const LIMIT_MS = 3_000;

@Injectable()
export class ReadinessIndicator {
  private readonly answers = new Map<ReadinessCheck, Promise<boolean>>();
  private readonly failing = new Set<ReadinessCheck>();

  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly drain: DrainService,
    @Inject(READINESS_CHECKS) private readonly checks: readonly ReadinessCheck[],
    private readonly logger: PinoLogger,
  ) {
    logger.setContext(ReadinessIndicator.name);
  }

  /** All that has to hold for requests to be sent here. */
  list(): (() => Promise<HealthIndicatorResult>)[] {
    return [
      () => Promise.resolve(this.tell('accepting', !this.drain.isDraining)),
      ...this.checks.map((check) => async () => this.tell(check.name, await this.ask(check))),
    ];
  }

  /** @param name of a check, such as `store`. @returns null where there is no such check here */
  isUp(name: string): Promise<boolean> | null {
    const check = this.checks.find((each) => each.name === name);
    return check ? this.ask(check) : null;
  }

  private tell(name: string, isUp: boolean): HealthIndicatorResult {
    const indicator = this.indicators.check(name);
    return isUp ? indicator.up() : indicator.down();
  }

  /** One question at a time, whose answer is kept for a while. */
  private ask(check: ReadinessCheck): Promise<boolean> {
    const answer = this.answers.get(check) ?? this.probe(check);
    this.answers.set(check, answer);
    return answer;
  }

  private async probe(check: ReadinessCheck): Promise<boolean> {
    const isReady = await within(call(check), LIMIT_MS, false);
    setTimeout(() => this.answers.delete(check), REMEMBERED_MS).unref();
    if (isReady && this.failing.delete(check)) this.logger.info(`ready again: ${check.what} answers`);
    if (!isReady && !this.failing.has(check)) {
      this.failing.add(check);
      this.logger.warn(`not ready: ${check.what} does not answer`);
    }
    return isReady;
  }
}

async function call({ isReady }: ReadinessCheck): Promise<boolean> {
  try {
    return await isReady();
  } catch {
    return false;
  }
}
