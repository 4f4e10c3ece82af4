import type { Abstract, Provider, Type } from '@nestjs/common';

/** Where a feature module keeps the implementation that is in force for an extension point. */
export function extensionToken(token: Abstract<unknown>): string {
  return `${token.name}:in-force`;
}

/**
 * Providers of a replaceable behaviour. The abstract class is interface and DI token in one: when an extension
 * module provides it, that implementation is used, else the default. Consumers take it with `@InjectExtension(Token)`.
 *
 * @example
 * providers: [...extensionPoint(AuthStrategy, ApiKeyStrategy), AuthGuard]
 * // in a deployer's extension module:
 * providers: [{ provide: AuthStrategy, useClass: JwtStrategy }], exports: [AuthStrategy]
 */
export function extensionPoint<T>(token: Abstract<T>, fallback: Type<T>): Provider[] {
  return [
    fallback,
    {
      provide: extensionToken(token),
      inject: [{ token, optional: true }, fallback],
      useFactory: (replacement: T | undefined, standard: T) => replacement ?? standard,
    },
  ];
}
