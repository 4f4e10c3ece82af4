import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { describeProblems, refuseIfAny } from '../config/describe-problems.js';
import { namesOf } from '../config/environment.js';
import { parseYaml } from '../config/parse-yaml.js';
import { isObject } from '../contracts/raw-object.js';
import { KeyEntry, TenantEntry } from './key-entry.js';
import { digestOfKey } from './known-keys.js';

const YAML_NAME = /\.ya?ml$/i;
/** The first line that is no comment, in the forms of YAML that hold keys: none of them is a key. */
const YAML_START = /^(?:\s*(?:#.*)?\r?\n)*(?:---\s|- |(?:keys|tenants):\s)/;
/** Stands for every tenant that is not named. */
const ANY_TENANT = '*';

export interface KeyFile {
  keys: readonly KeyEntry[];
  tenants: ReadonlyMap<string, TenantEntry>;
}

/** What a file says of a tenant. */
export function findTenant(tenants: KeyFile['tenants'], name: string | undefined): TenantEntry | undefined {
  return name === undefined ? undefined : (tenants.get(name) ?? tenants.get(ANY_TENANT));
}

/**
 * Reads the text of API_KEYS_FILE, in either of its forms.
 *
 * @param label begins each message; the path ends it
 * @throws Error naming the path of every wrong or unknown field, never a key
 */
export function readKeyFile(text: string, label: string): KeyFile {
  return YAML_NAME.test(label) || YAML_START.test(text) ? readYaml(text, label) : readLines(text);
}

function readLines(text: string): KeyFile {
  const lines = text.split(/\r?\n/).map((line) => line.replace(/#.*$/, '').trim());
  return { keys: entriesOf(lines), tenants: new Map() };
}

/** Keys of which nothing else is said. */
export function entriesOf(keys: readonly string[]): KeyEntry[] {
  return keys.filter((key) => key !== '').map((key) => Object.assign(new KeyEntry(), { key }));
}

function readYaml(text: string, label: string): KeyFile {
  const raw = readObject(text, label);
  const {
    keys = [],
    tenants = {},
    ...others
  } = (Array.isArray(raw) ? { keys: raw } : raw) as Record<string, unknown>;
  const problems: string[] = [];
  // A name that should not be there may be a key in the wrong place: it is not shown.
  if (Object.keys(others).length > 0) problems.push('must hold keys and tenants alone');
  if (!Array.isArray(keys)) problems.push('keys: must be a list');
  if (!isObject(tenants)) problems.push('tenants: must be a mapping');
  const read: KeyFile = {
    keys: Array.isArray(keys)
      ? keys.map((entry, index) => check(KeyEntry, entry, `keys[${index}]`, problems))
      : [],
    tenants: new Map(
      Object.entries(isObject(tenants) ? tenants : {}).map(([name, entry]) => [
        name,
        check(TenantEntry, entry ?? {}, `tenants.${name}`, problems),
      ]),
    ),
  };
  if (problems.length === 0) problems.push(...findFaults(read));
  refuseIfAny(problems, label);
  return read;
}

function readObject(text: string, label: string): object {
  const raw = parseYaml(text, label) ?? [];
  if (typeof raw !== 'object')
    throw new Error(`${label}: must be a list of keys, or a mapping of keys and tenants`);
  return raw;
}

function check<T extends object>(Entry: new () => T, raw: unknown, path: string, problems: string[]): T {
  if (!isObject(raw)) {
    problems.push(`${path}: must be a mapping`);
    return new Entry();
  }
  const entry = plainToInstance(Entry, raw);
  const errors = validateSync(entry, { whitelist: true, forbidNonWhitelisted: true });
  const known = errors.filter(({ constraints }) => constraints?.whitelistValidation === undefined);
  // It may be a key in the wrong place: what there is is said instead.
  if (known.length < errors.length)
    problems.push(`${path}: has a field that there is not; there are ${namesOf(Entry).join(', ')}`);
  problems.push(...describeProblems(known, path));
  return entry;
}

/** What is wrong between entries that are right by themselves. */
function findFaults({ keys, tenants }: KeyFile): string[] {
  const digests = new Map<string, number>();
  const ids = new Map<string, number>();
  return keys.flatMap((entry, index) => {
    const path = `keys[${index}]`;
    if ((entry.key === undefined) === (entry.sha256 === undefined))
      return [`${path}: must have either key or sha256`];
    const faults: string[] = [];
    const digest = digestOfKey(entry);
    const same = digests.get(digest);
    if (same !== undefined) faults.push(`${path}: is the same key as keys[${same}]`);
    digests.set(digest, index);
    const named = entry.id === undefined ? undefined : ids.get(entry.id);
    if (named !== undefined) faults.push(`${path}.id: is that of keys[${named}] too`);
    if (entry.id !== undefined) ids.set(entry.id, index);
    // A misspelt one would have no limits.
    const isUnknown = entry.tenant !== undefined && !findTenant(tenants, entry.tenant);
    if (tenants.size > 0 && isUnknown) faults.push(`${path}.tenant: is none of tenants`);
    return faults;
  });
}
