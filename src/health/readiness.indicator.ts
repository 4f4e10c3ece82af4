import { Inject, Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { inForce } from '../config/extension-point.js';
import { DrainService } from '../http/drain.service.js';
import { UpstreamClient } from '../upstream/upstream.client.js';

@Injectable()
export class ReadinessIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly drain: DrainService,
    @Inject(inForce(UpstreamClient)) private readonly upstream: UpstreamClient,
  ) {}

  async upstreamAnswers(): Promise<HealthIndicatorResult> {
    const indicator = this.indicators.check('upstream');
    return (await this.upstream.isReady()) ? indicator.up() : indicator.down();
  }

  notDraining(): HealthIndicatorResult {
    const indicator = this.indicators.check('accepting');
    return this.drain.isDraining ? indicator.down() : indicator.up();
  }
}
