import type { Abstract, INestApplicationContext, Provider, Type } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';

/** Stands on the abstract class of each point: known across copies of this package, whose classes are strangers to each other. */
const MARK = Symbol.for('responses-gateway:extension-point');

/** A replaceable behaviour, as the checks at the start find it: its abstract class, and the default. */
export class ExtensionPoint {
  constructor(
    readonly token: Abstract<unknown>,
    readonly fallback: Type,
  ) {}
}

/** Where a feature module keeps the implementation that is in force for an extension point. */
export function extensionToken(token: Abstract<unknown>): string {
  return `${token.name}:in-force`;
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
export function extensionPoint<T>(token: Abstract<T>, fallback: Type<T>): Provider[] {
  Object.defineProperty(token, MARK, { value: token.name, configurable: true });
  return [
    fallback,
    { provide: `${token.name}:point`, useValue: new ExtensionPoint(token, fallback) },
    {
      provide: extensionToken(token),
      inject: [{ token, optional: true }, fallback],
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
