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
          validate: (variables) => {
            const raw = { ...variables, ...overrides };
            return { environment: parseEnvironment(raw), simulator: SimulatorEnvironment.from(raw) };
          },
        }),
      ],
      providers: [
        {
          provide: Environment,
          inject: [ConfigService],
          useFactory: (config: ConfigService) => config.getOrThrow<Environment>('environment'),
        },
        {
          provide: SimulatorEnvironment,
          inject: [ConfigService],
          useFactory: (config: ConfigService) => config.getOrThrow<SimulatorEnvironment>('simulator'),
        },
      ],
      exports: [Environment, SimulatorEnvironment],
    };
  }
}
