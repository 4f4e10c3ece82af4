import { type DynamicModule, Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { Environment, ENVIRONMENT_VARIABLES, parseEnvironment } from './environment.js';
import { findMistyped } from './find-mistyped.js';
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
          provide: Environment,
          inject: [ConfigService],
          useFactory: (config: ConfigService) => readEnvironment(config.getOrThrow('raw')),
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

/** What is mistyped is said first, and not in the log: it may be why the start fails. */
function readEnvironment(raw: Record<string, unknown>): Environment {
  for (const { name, meant } of findMistyped(Object.keys(raw), [
    ...ENVIRONMENT_VARIABLES,
    ...SIMULATOR_VARIABLES,
  ])) {
    process.stderr.write(
      `Warning: ${name} is set, but the gateway has no such variable; did you mean ${meant}?\n`,
    );
  }
  return parseEnvironment(raw);
}
