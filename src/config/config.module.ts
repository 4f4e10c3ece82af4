import { type DynamicModule, Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { ModulesContainer } from '@nestjs/core';
import { CheckedVariables, checkVariables, Environment } from './environment.js';
import { findExtensionEnvironments } from './extension-environment.js';
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
          provide: CheckedVariables,
          inject: [ConfigService, ModulesContainer],
          useFactory: (config: ConfigService, modules: ModulesContainer) =>
            checkVariables(config.getOrThrow('raw'), findExtensionEnvironments(modules)),
        },
        {
          provide: Environment,
          inject: [CheckedVariables],
          useFactory: ({ environment }: CheckedVariables) => environment,
        },
        {
          provide: SimulatorEnvironment,
          inject: [ConfigService],
          useFactory: (config: ConfigService) => SimulatorEnvironment.from(config.getOrThrow('raw')),
        },
      ],
      exports: [CheckedVariables, Environment, SimulatorEnvironment],
    };
  }
}
