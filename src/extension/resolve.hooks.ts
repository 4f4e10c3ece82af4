import type { InitializeHook, ResolveHook } from 'node:module';

/** How what extensions import is found. */
export interface Resolution {
  /** A file of the gateway, as URL. */
  gateway: string;
  /** A file in the working directory, as URL. */
  workingDirectory: string;
  /** Packages of which there has to be one copy: the gateway and its peers. */
  shared: readonly string[];
}

const BARE = /^(?![./#]|[a-z]+:)/i;

let resolution: Resolution | undefined;

/** Called by Node in the thread of the hooks. */
export const initialize: InitializeHook<Resolution> = (data) => {
  resolution = data;
};

/** Shared packages are the gateway's own; any other is looked for from the importing file, the gateway and the working directory. */
export const resolve: ResolveHook = async (specifier, context, next) => {
  if (!resolution || !BARE.test(specifier)) return next(specifier, context);
  const { gateway, workingDirectory, shared } = resolution;
  const from = (parentURL: string) => next(specifier, { ...context, parentURL });
  if (shared.some((name) => specifier === name || specifier.startsWith(`${name}/`))) return from(gateway);
  try {
    return await next(specifier, context);
  } catch (error) {
    for (const parent of [gateway, workingDirectory]) {
      try {
        return await from(parent);
      } catch {
        // The first error tells where it was imported.
      }
    }
    throw error;
  }
};
