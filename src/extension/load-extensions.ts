import 'reflect-metadata';
import { existsSync } from 'node:fs';
import { register } from 'node:module';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { DynamicModule, Type } from '@nestjs/common';
import { readOwnPackage } from './own-package.js';
import type { Resolution } from './resolve.hooks.js';

/** A Nest module, as AppModule.register() takes it. @public */
export type Extension = Type | DynamicModule;

const TYPESCRIPT = /\.[cm]?tsx?$/;
const FILE = /^(?:\.{0,2}[/\\]|file:)|\.[cm]?js$/;
/** What @Module leaves at a class. */
const MODULE_KEYS = ['imports', 'providers', 'controllers', 'exports'];

/**
 * Loads extensions by name.
 *
 * @param list files, from the working directory, or packages; separated by commas
 * @throws Error naming the one that cannot be loaded, or has no module in it
 */
export async function loadExtensions(list: string): Promise<Extension[]> {
  const entries = list
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  if (entries.length === 0) return [];
  for (const entry of entries) checkEntry(entry);
  registerHooks();
  const loaded: Extension[] = [];
  for (const entry of entries) loaded.push(...(await modulesOf(entry, await load(entry))));
  return loaded;
}

function checkEntry(entry: string): void {
  if (TYPESCRIPT.test(entry)) throw fault(entry, 'is TypeScript; compile it and name the JavaScript file');
  if (entry.endsWith('.cjs')) throw fault(entry, 'is CommonJS; extensions are ES modules');
  if (FILE.test(entry) && !existsSync(pathOf(entry)))
    throw fault(entry, `does not exist (looked for ${pathOf(entry)})`);
}

function pathOf(entry: string): string {
  return entry.startsWith('file:') ? fileURLToPath(entry) : resolve(entry);
}

/** A mounted file stands outside of node_modules, and must not bring a second NestJS: both are seen to by hooks. */
function registerHooks(): void {
  const { name, peerDependencies } = readOwnPackage();
  const data: Resolution = {
    gateway: import.meta.url,
    workingDirectory: pathToFileURL(join(process.cwd(), 'any.js')).href,
    shared: [name, ...Object.keys(peerDependencies)],
  };
  register('./resolve.hooks.js', import.meta.url, { data });
}

async function load(entry: string): Promise<Record<string, unknown>> {
  const specifier = FILE.test(entry) ? pathToFileURL(pathOf(entry)).href : entry;
  try {
    return (await import(specifier)) as Record<string, unknown>;
  } catch (error) {
    throw fault(entry, `could not be loaded: ${firstLine(error)}`, error);
  }
}

/** The default export alone, where there is one; else every export that is a module. */
async function modulesOf(entry: string, exported: Record<string, unknown>): Promise<Extension[]> {
  const found = 'default' in exported ? [await called(entry, exported.default)] : Object.values(exported);
  const modules = found.filter(isExtension);
  if (modules.length > 0) return modules;
  const where = 'default' in exported ? 'its default export is none' : 'it exports none';
  throw fault(
    entry,
    `has no Nest module: ${where}; export a class marked with @Module(), or a DynamicModule`,
  );
}

/** What a function returns; anything else as it is. */
async function called(entry: string, value: unknown): Promise<unknown> {
  if (typeof value !== 'function' || isExtension(value) || isClass(value)) return value;
  try {
    return await (value as () => unknown)();
  } catch (error) {
    throw fault(entry, `could not be loaded: ${firstLine(error)}`, error);
  }
}

function isExtension(value: unknown): value is Extension {
  if (typeof value === 'object' && value !== null) return 'module' in value && isClass(value.module);
  if (!isClass(value)) return false;
  const { configure } = value.prototype as { configure?: unknown };
  return typeof configure === 'function' || MODULE_KEYS.some((key) => Reflect.hasMetadata(key, value));
}

function isClass(value: unknown): value is Type {
  return typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value));
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n', 1)[0] ?? '';
}

function fault(entry: string, what: string, cause?: unknown): Error {
  return new Error(`EXTENSIONS: ${entry} ${what}`, { cause });
}
