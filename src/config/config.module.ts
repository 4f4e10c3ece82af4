import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { ModulesContainer } from '@nestjs/core';
import {
  CheckedVariables,
  checkVariables,
  Environment,
  ENVIRONMENT_VARIABLES,
  namesOf,
} from './environment.js';
import { findExtensionEnvironments } from './extension-environment.js';
import { findMistyped } from './find-mistyped.js';
import { GivenVariables } from './given-variables.js';
import { SIMULATOR_VARIABLES, SimulatorEnvironment } from './simulator.environment.js';

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
            readVariables(config.getOrThrow('raw'), findExtensionEnvironments(modules)),
        },
        {
          provide: Environment,
          inject: [CheckedVariables],
          useFactory: ({ environment }: CheckedVariables) => environment,
        },
        {
          provide: GivenVariables,
          inject: [ConfigService],
          useFactory: (config: ConfigService) => new GivenVariables(config.getOrThrow('raw')),
        },
        {
          provide: SimulatorEnvironment,
          inject: [ConfigService],
          useFactory: (config: ConfigService) => SimulatorEnvironment.from(config.getOrThrow('raw')),
        },
      ],
      exports: [CheckedVariables, Environment, GivenVariables, SimulatorEnvironment],
    };
  }
}

/** What is mistyped is said first, and not in the log: it may be why the start fails. */
function readVariables(raw: Record<string, unknown>, extensions: readonly Type<object>[]): CheckedVariables {
  const known = [...ENVIRONMENT_VARIABLES, ...SIMULATOR_VARIABLES, ...extensions.flatMap(namesOf)];
  for (const { name, meant } of findMistyped(Object.keys(raw), known)) {
    process.stderr.write(
      `Warning: ${name} is set, but the gateway has no such variable; did you mean ${meant}?\n`,
    );
  }
  return checkVariables(raw, extensions);
}
