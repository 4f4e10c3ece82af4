import type { FactoryProvider, Type } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import { CheckedVariables } from './environment.js';

const IS_ENVIRONMENT = 'responses-gateway:environment';

/**
 * Variables of an extension: a class as the gateway's own `Environment`, with validators, defaults and type annotations (without
 * the annotation the text is not converted). They are checked together with the gateway's, and the class is injected.
 *
 * @public
 * @example
 * export class QuotaEnvironment {
 *   @IsUrl({ require_tld: false })
 *   QUOTA_URL: string;
 *
 *   @Milliseconds(1)
 *   QUOTA_TIMEOUT_MS: number = 500;
 * }
 *
 * @Module({ providers: [defineEnvironment(QuotaEnvironment), QuotaGuard] })
 * export class QuotaModule {}
 */
export function defineEnvironment<T extends object>(Variables: Type<T>): FactoryProvider<T> {
  Reflect.defineMetadata(IS_ENVIRONMENT, true, Variables);
  return {
    provide: Variables,
    inject: [CheckedVariables],
    useFactory: (checked: CheckedVariables) => checked.of(Variables),
  };
}

/** The classes that extensions have defined, whether they have been made yet or not. */
export function findExtensionEnvironments(modules: ModulesContainer): Type<object>[] {
  const tokens = [...modules.values()].flatMap(({ providers }) => [...providers.keys()]);
  const classes = tokens.filter((token): token is Type<object> => typeof token === 'function');
  return [...new Set(classes)].filter((token) => Reflect.hasOwnMetadata(IS_ENVIRONMENT, token));
}
