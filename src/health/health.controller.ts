import { Controller, Get, ServiceUnavailableException } from '@nestjs/common';
import { type HealthCheckResult, HealthCheckService } from '@nestjs/terminus';
import { Describe } from '../docs/describe.decorator.js';
import { GatewayError } from '../errors/gateway-error.js';
import { Public } from '../request/public.decorator.js';
import { ReadinessIndicator } from './readiness.indicator.js';

@Describe(({ ApiTags }) => [ApiTags('health')])
@Public()
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly readiness: ReadinessIndicator,
  ) {}

  @Get('live')
  @Describe(({ ApiOperation }) => [ApiOperation({ summary: 'Whether the process runs' })])
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('ready')
  @Describe(({ ApiOperation }) => [
    ApiOperation({
      summary: 'Whether a model server answers and new requests are accepted (200), or not (503)',
    }),
  ])
  async ready(): Promise<HealthCheckResult> {
    try {
      return await this.health.check([
        () => this.readiness.notDraining(),
        () => this.readiness.upstreamAnswers(),
      ]);
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      const { error: failing } = error.getResponse() as HealthCheckResult;
      throw new GatewayError('not_ready', {
        message: `Not ready: ${Object.keys(failing ?? {}).join(', ')}.`,
      });
    }
  }
}
