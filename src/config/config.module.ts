import { type DynamicModule, Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { Environment, parseEnvironment } from './environment.js';
import { SimulatorEnvironment } from './simulator-environment.js';

/** Provides the validated {@link Environment} to every module. */
@Module({})
export class GatewayConfigModule {
  /** @param overrides variables that win over the process environment and `.env` */
  static register(overrides: Record<string, string> = {}): DynamicModule {
    return {
      module: GatewayConfigModule,
      global: true,
      imports: [
        ConfigModule.forRoot({
          cache: true,
          validate: (variables) => ({ raw: { ...variables, ...overrides } }),
        }),
      ],
      providers: [
        // Checked here rather than in `validate`, whose rejection nobody can catch.
        {
          provide: Environment,
          inject: [ConfigService],
          useFactory: (config: ConfigService) => parseEnvironment(config.getOrThrow('raw')),
        },
        {
          provide: SimulatorEnvironment,
          inject: [ConfigService],
          useFactory: (config: ConfigService) => SimulatorEnvironment.from(config.getOrThrow('raw')),
        },
      ],
      exports: [Environment, SimulatorEnvironment],
    };
  }
}
