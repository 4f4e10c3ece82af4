import { Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { InjectExtension } from '../extension/inject-extension.decorator.js';
import { DrainService } from '../request/drain.service.js';
import { UpstreamClient } from '../upstreams/upstream.client.js';

/** Probes may come as fast as they like: the model server is asked once in this time. */
const REMEMBERED_MS = 1_000;
/** A client of an extension may take its time. */
const LIMIT_MS = 3_000;

@Injectable()
export class ReadinessIndicator {
  private answer: Promise<boolean> | null = null;

  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly drain: DrainService,
    @InjectExtension(UpstreamClient) private readonly upstream: UpstreamClient,
  ) {}

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
    this.answer ??= inTime(this.upstream.isReady()).finally(() => {
      setTimeout(() => (this.answer = null), REMEMBERED_MS).unref();
    });
    return this.answer;
  }
}

/** false when it fails or takes too long. */
async function inTime(answer: Promise<boolean>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => {
      resolve(false);
    }, LIMIT_MS);
  });
  try {
    return await Promise.race([answer, limit]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
