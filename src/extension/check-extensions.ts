import type { INestApplicationContext, Type } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { ExtensionPoint, extensionToken, pointOf } from './extension-point.js';

type NestModule = ModulesContainer extends Map<string, infer M> ? M : never;
type Wrapper = NestModule['providers'] extends Map<unknown, infer W> ? W : never;

/** A default that an extension has taken the place of. @public */
export interface Replacement {
  /** The abstract class, e.g. `AuthStrategy`. */
  point: string;
  /** The class that is in force. */
  by: string;
  /** The module that provides it. */
  module: string;
}

interface Provided {
  module: NestModule;
  wrapper: Wrapper;
}

interface PointInUse extends ExtensionPoint {
  /** Where it is declared. */
  home: NestModule;
  /** Null where it is made anew for each request. */
  inForce: unknown;
  /** What extensions provide as it. */
  provided: Provided[];
}

/** @returns what extensions have replaced, in the order of the modules @public */
export function replacedPoints(app: INestApplicationContext): Replacement[] {
  return findPoints(listProviders(app)).flatMap(({ token, provided }) =>
    provided.map(({ module, wrapper }) => ({
      point: token.name,
      by: className(wrapper.instance),
      module: module.name,
    })),
  );
}

/**
 * Nest says nothing where an optional provider is not found: a strategy that nobody exports would leave the gateway open.
 *
 * @throws Error with a line for each extension that would not do what it was written for
 */
export function checkExtensions(app: INestApplicationContext): void {
  const all = listProviders(app);
  const points = findPoints(all);
  const faults = [
    ...points.flatMap((point) => [...findFaults(point), ...findUnused(point, all)]),
    ...findStrangers(points, all),
  ];
  if (faults.length > 0) throw new Error(faults.join('\n'));
}

function findPoints(all: readonly Provided[]): PointInUse[] {
  return all.flatMap(({ module, wrapper: { instance } }) => {
    if (!(instance instanceof ExtensionPoint)) return [];
    const { token, fallback } = instance;
    const inForce: unknown = module.providers.get(extensionToken(token))?.instance;
    return [
      {
        token,
        fallback,
        home: module,
        inForce,
        provided: all.filter(({ wrapper }) => wrapper.token === token),
      },
    ];
  });
}

function listProviders(app: INestApplicationContext): Provided[] {
  return [...app.get(ModulesContainer).values()].flatMap((module) =>
    [...module.providers.values()].map((wrapper) => ({ module, wrapper })),
  );
}

function findFaults({ token: { name }, inForce, provided }: PointInUse): string[] {
  if (provided.length > 1) {
    const modules = provided.map(({ module }) => module.name).join(' and ');
    return [`${name} is provided by ${modules}: only one extension can replace it, take the others out.`];
  }
  return provided.flatMap(({ module, wrapper }) => {
    const provides = `${module.name} provides ${name}`;
    if (!wrapper.isDependencyTreeStatic())
      return [`${provides} for each request anew: it has to be a singleton.`];
    const instance: unknown = wrapper.instance;
    if (instance === undefined || instance === null)
      return [`${provides}, but its factory returns ${String(instance)}.`];
    if (instance === inForce) return [];
    return module.exports.has(wrapper.token)
      ? [
          `${provides}, but the extension that imports it does not pass it on: add exports: [${module.name}] there.`,
        ]
      : [`${provides} without exporting it, so it would not be used: add exports: [${name}].`];
  });
}

/**
 * Classes that extend the point's and are provided under their own name only, while the default is in force. What stands in the point's
 * own module is there for extensions to wrap.
 */
function findUnused({ token, home, provided }: PointInUse, all: readonly Provided[]): string[] {
  if (provided.length > 0) return [];
  return all.flatMap(({ module, wrapper }) => {
    const given = wrapper.token as Partial<Type>;
    if (module === home || !(given.prototype instanceof token)) return [];
    return [
      `${module.name} provides ${className(wrapper.instance)}, which would not be used: write { provide: ${token.name}, useClass: ${className(wrapper.instance)} } and add exports: [${token.name}].`,
    ];
  });
}

/** Classes that extend a point of another copy of this package: to this one they are nothing. */
function findStrangers(points: readonly PointInUse[], all: readonly Provided[]): string[] {
  return all.flatMap(({ module, wrapper: { token } }) => {
    const name = pointOf(token);
    if (name === undefined || points.some((point) => isOf(point, token))) return [];
    return [
      `${module.name} provides ${name} of another copy of responses-gateway, which would not be used: have it import this one (npm dedupe).`,
    ];
  });
}

function isOf({ token: point }: PointInUse, token: unknown): boolean {
  return token === point || (token as Partial<Type>).prototype instanceof point;
}

function className(instance: unknown): string {
  return (Object(instance) as object).constructor.name;
}
