import { createHash } from 'node:crypto';
import type { Caller, CallerLimits } from '../request/request-context.js';
import type { KeyEntry, TenantEntry } from './key-entry.js';

const DIGEST = /^sha256:([0-9a-f]{64})$/i;

/** Whoever presents a key. */
export interface KnownKey {
  caller: Caller;
  /** Unix time, ms; Infinity: never. */
  expiresAt: number;
}

/** @returns the SHA-256 of a key, in hexadecimal digits */
export function digestOfKey({ key = '', sha256 }: Pick<KeyEntry, 'key' | 'sha256'>): string {
  const digest = sha256 ?? DIGEST.exec(key)?.[1];
  return digest?.toLowerCase() ?? sha256Of(key);
}

export function sha256Of(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** The caller that an entry describes; made once, as it is the same for all its requests. */
export function knownKeyOf(entry: KeyEntry, tenant: TenantEntry | undefined): KnownKey {
  const digest = digestOfKey(entry);
  const id = entry.id ?? `key-${digest.slice(0, 8)}`;
  const caller: Caller = {
    id,
    tenant: entry.tenant ?? digest.slice(0, 32),
    ...limitsOf(entry, sharedLimits(entry.tenant, tenant)),
    ...modelsOf(entry.models ?? tenant?.models),
  };
  return { caller: Object.freeze(caller), expiresAt: entry.expires ? Date.parse(entry.expires) : Infinity };
}

/** The limits that all callers of a tenant share. */
export function sharedLimits(
  name: string | undefined,
  tenant: TenantEntry | undefined,
): Required<Pick<Caller, 'limits' | 'limitedAs'>> | null {
  const limits = tenant && readLimits(tenant);
  // No id of a key has a space.
  return limits && name !== undefined ? { limits, limitedAs: `tenant ${name}` } : null;
}

/** A key with limits of its own counts to those of its tenant too. */
function limitsOf(
  entry: KeyEntry,
  shared: ReturnType<typeof sharedLimits>,
): Pick<Caller, 'limits' | 'limitedAs' | 'furtherLimits'> {
  const limits = readLimits(entry);
  if (!limits) return shared ?? {};
  return shared ? { limits, furtherLimits: Object.freeze(shared) } : { limits };
}

export function modelsOf(models: readonly string[] | undefined): Pick<Caller, 'models'> {
  return models ? { models: Object.freeze([...models]) } : {};
}

function readLimits({
  requestsPerMinute,
  tokensPerMinute,
  concurrent,
}: TenantEntry): CallerLimits | undefined {
  const limits = {
    ...(requestsPerMinute !== undefined && { requestsPerMinute }),
    ...(tokensPerMinute !== undefined && { tokensPerMinute }),
    ...(concurrent !== undefined && { concurrent }),
  };
  return Object.keys(limits).length > 0 ? Object.freeze(limits) : undefined;
}
