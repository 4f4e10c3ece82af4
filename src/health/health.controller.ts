import { Controller, Get, ServiceUnavailableException } from '@nestjs/common';
import { type HealthCheckResult, HealthCheckService } from '@nestjs/terminus';
import { GatewayError } from '../errors/gateway-error.js';
import { Public } from '../request/public.decorator.js';
import { ReadinessIndicator } from './readiness.indicator.js';

@Public()
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly readiness: ReadinessIndicator,
  ) {}

  @Get('live')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('ready')
  async ready(): Promise<HealthCheckResult> {
    try {
      return await this.health.check(this.readiness.list());
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      const { error: failing } = error.getResponse() as HealthCheckResult;
      throw new GatewayError('not_ready', {
        message: `Not ready: ${Object.keys(failing ?? {}).join(', ')}.`,
      });
    }
  }
}
