import { ValidateBy } from 'class-validator';
import { parseUrl } from './parse-url.js';

const DATABASE = 'must be file:<path>, postgres://…, memory: or none';

/** Where DATABASE_URL points to. */
export type DatabaseTarget =
  { kind: 'file'; path: string } | { kind: 'memory' } | { kind: 'postgres'; url: string } | { kind: 'none' };

/** @returns null for what is no such URL */
export function parseDatabaseUrl(text: string): DatabaseTarget | null {
  if (text === 'none') return { kind: 'none' };
  if (text === 'memory:') return { kind: 'memory' };
  const [, path] = /^file:(?:\/\/(?=\/)|(?!\/\/))(.+)$/.exec(text) ?? [];
  if (path !== undefined) return { kind: 'file', path };
  return /^postgres(?:ql)?:\/\/./.test(text) && parseUrl(text) ? { kind: 'postgres', url: text } : null;
}

/** For people to read, without user, password and options: `file:data/gateway.db`, `postgres://db:5432/gateway`, `memory:`, `none`. */
export function showDatabase(target: DatabaseTarget): string {
  if (target.kind === 'file') return `file:${target.path}`;
  if (target.kind === 'postgres') return showServer(target.url);
  return target.kind === 'memory' ? 'memory:' : 'none';
}

/** The same of REDIS_URL. */
export function showServer(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

export const IsDatabaseUrl = (): PropertyDecorator =>
  is('isDatabaseUrl', (text) => parseDatabaseUrl(text) !== null, DATABASE);

export const IsRedisUrl = (): PropertyDecorator =>
  is(
    'isRedisUrl',
    (text) => /^rediss?:\/\/./.test(text) && parseUrl(text) !== null,
    'must be redis://<host>:<port> or rediss://…',
  );

function is(name: string, holds: (text: string) => boolean, message: string): PropertyDecorator {
  return ValidateBy({
    name,
    validator: {
      validate: (value: unknown) => typeof value === 'string' && holds(value),
      defaultMessage: () => message,
    },
  });
}
