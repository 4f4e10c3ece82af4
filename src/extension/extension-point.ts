import type {
  Abstract,
  FactoryProvider,
  INestApplicationContext,
  InjectionToken,
  Provider,
  Type,
} from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';

/** Stands on the abstract class of each point: known across copies of this package, whose classes are strangers to each other. */
const MARK = Symbol.for('responses-gateway:extension-point');

/** A default that settings choose among several classes. */
export type DefaultFactory<T> = Pick<FactoryProvider<T>, 'inject' | 'useFactory'>;

/** A replaceable behaviour, as the checks at the start find it: its abstract class, and the token of the default. */
export class ExtensionPoint {
  constructor(
    readonly token: Abstract<unknown>,
    readonly fallback: InjectionToken,
  ) {}
}

/** Where a feature module keeps the implementation that is in force for an extension point. */
export function extensionToken(token: Abstract<unknown>): string {
  return `${token.name}:in-force`;
}

/** Where a default that a factory makes is kept, for an extension that wraps it. */
export function defaultToken(token: Abstract<unknown>): string {
  return `${token.name}:default`;
}

/**
 * Providers of a replaceable behaviour. The abstract class is interface and DI token in one: when an extension
 * module provides it, that implementation is used, else the default. Consumers take it with `@InjectExtension(Token)`. A global
 * module that exports the default lets extensions wrap it.
 *
 * @example
 * providers: [...extensionPoint(AuthStrategy, ApiKeyStrategy), AuthGuard]
 * // in a deployer's extension module:
 * providers: [{ provide: AuthStrategy, useClass: JwtStrategy }], exports: [AuthStrategy]
 */
export function extensionPoint<T>(token: Abstract<T>, fallback: Type<T> | DefaultFactory<T>): Provider[] {
  Object.defineProperty(token, MARK, { value: token.name, configurable: true });
  const isClass = typeof fallback === 'function';
  const standard = isClass ? fallback : defaultToken(token);
  return [
    isClass ? fallback : { provide: standard, ...fallback },
    { provide: `${token.name}:point`, useValue: new ExtensionPoint(token, standard) },
    {
      provide: extensionToken(token),
      inject: [{ token, optional: true }, standard],
      useFactory: (replacement: T | undefined, standard: T) => replacement ?? standard,
    },
  ];
}

/** The implementation that is in force for an extension point. */
export function getExtension<T>(app: INestApplicationContext, point: Abstract<T>): T {
  return app.get<T>(extensionToken(point));
}

/** @returns the name of the point that a class stands for or extends, by any copy of this package; undefined: of none */
export function pointOf(token: unknown): string | undefined {
  return typeof token === 'function' ? (token as { [MARK]?: string })[MARK] : undefined;
}

/** Whether an extension provides it: known before anything has been made, so that a default can be wrapped without a circle. */
export function isReplaced(token: Abstract<unknown>, modules: ModulesContainer): boolean {
  return [...modules.values()].some(({ providers }) => providers.has(token));
}
