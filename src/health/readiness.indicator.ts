import { Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { PinoLogger } from 'nestjs-pino';
import { InjectExtension } from '../extension/inject-extension.decorator.js';
import { DrainService } from '../request/drain.service.js';
import { within } from '../request/within.js';
import { UpstreamClient } from '../upstreams/upstream.client.js';

/** Probes may come as fast as they like: the model server is asked once in this time. */
const REMEMBERED_MS = 1_000;
/** A client of an extension may take its time. */
const LIMIT_MS = 3_000;

@Injectable()
export class ReadinessIndicator {
  private answer: Promise<boolean> | null = null;
  private wasReady = true;

  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly drain: DrainService,
    @InjectExtension(UpstreamClient) private readonly upstream: UpstreamClient,
    private readonly logger: PinoLogger,
  ) {
    logger.setContext(ReadinessIndicator.name);
  }

  async upstreamAnswers(): Promise<HealthIndicatorResult> {
    const indicator = this.indicators.check('upstream');
    return (await this.ask()) ? indicator.up() : indicator.down();
  }

  notDraining(): HealthIndicatorResult {
    const indicator = this.indicators.check('accepting');
    return this.drain.isDraining ? indicator.down() : indicator.up();
  }

  /** One probe at a time, whose answer is kept for a while. */
  private ask(): Promise<boolean> {
    this.answer ??= this.probe();
    return this.answer;
  }

  private async probe(): Promise<boolean> {
    const isReady = await within(this.askUpstream(), LIMIT_MS, false);
    setTimeout(() => (this.answer = null), REMEMBERED_MS).unref();
    if (isReady && !this.wasReady) this.logger.info('ready again: the model server answers');
    if (!isReady && this.wasReady) this.logger.warn('not ready: the model server does not answer');
    this.wasReady = isReady;
    return isReady;
  }

  private async askUpstream(): Promise<boolean> {
    try {
      return await this.upstream.isReady();
    } catch {
      return false;
    }
  }
}
