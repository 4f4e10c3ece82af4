import { Injectable } from '@nestjs/common';
import type { Caller } from '../request/request-context.js';
import { Environment } from '../config/environment.js';
import { invalidEnvironment } from '../config/invalid-environment.js';
import { GatewayError } from '../errors/gateway-error.js';
import { type WatchedFile, WatchedFiles } from '../reload/watched-files.service.js';
import { type AuthRequest, AuthStrategy } from './auth-strategy.js';
import type { KeyEntry, TenantEntry } from './key-entry.js';
import { digestOfKey, type KnownKey, knownKeyOf, sha256Of } from './known-keys.js';
import { readBearer } from './read-bearer.js';
import { entriesOf, findTenant, type KeyFile, readKeyFile } from './read-key-file.js';

const ANYONE: Caller = Object.freeze({ id: 'anonymous' });

interface KeyRing {
  /** By their digests. */
  keys: ReadonlyMap<string, KnownKey>;
  tenants: KeyFile['tenants'];
}

/** Bearer keys out of API_KEYS and API_KEYS_FILE, whose changes are taken over; with neither, everyone may call. @public */
@Injectable()
export class ApiKeyStrategy extends AuthStrategy {
  private readonly listed: readonly KeyEntry[];
  private readonly file: WatchedFile<KeyRing>;

  constructor({ API_KEYS, API_KEYS_FILE, JWT_ISSUER }: Environment, files: WatchedFiles) {
    super();
    this.listed = entriesOf((API_KEYS ?? '').split(',').map((key) => key.trim()));
    // A file without a key must not open the gateway to everyone; where tokens open it, it may be there for its tenants.
    const readFile = (text: string, label: string): KeyRing => {
      const ring = this.ringOf(readKeyFile(text, label));
      const isEnough = ring.keys.size > 0 || (JWT_ISSUER !== undefined && ring.tenants.size > 0);
      if (!isEnough) throw new Error(`${label}: contains no key; unset it to open /v1 to everyone`);
      return ring;
    };
    const listedAlone = this.ringOf({ keys: [], tenants: new Map() });
    this.file = files.openIfNamed('API_KEYS_FILE', API_KEYS_FILE, readFile, listedAlone);
    if (API_KEYS !== undefined && this.isOpen()) {
      throw invalidEnvironment('API_KEYS: contains no key; unset it to open /v1 to everyone');
    }
  }

  /** How many keys there are. */
  get keyCount(): number {
    return this.file.current.keys.size;
  }

  /** Whether everyone may call. */
  override isOpen(): boolean {
    return this.keyCount === 0;
  }

  override authenticate({ authorization }: AuthRequest): Caller {
    if (this.isOpen()) return ANYONE;
    // Digests are compared, not keys: how long that takes tells nothing that helps to find a key, as nobody can choose a digest.
    const known = this.file.current.keys.get(sha256Of(readBearer(authorization)));
    if (!known) throw new GatewayError('invalid_api_key');
    if (Date.now() >= known.expiresAt) {
      throw new GatewayError('invalid_api_key', { message: 'The API key has expired.' });
    }
    return known.caller;
  }

  /** What API_KEYS_FILE says of a tenant, for callers who come without a key. */
  tenantNamed(name: string): TenantEntry | undefined {
    return findTenant(this.file.current.tenants, name);
  }

  private ringOf({ keys, tenants }: KeyFile): KeyRing {
    // A key that stands in both is what the file says of it: the variable says nothing of limits.
    const known = [...this.listed, ...keys].map((entry): [string, KnownKey] => [
      digestOfKey(entry),
      knownKeyOf(entry, findTenant(tenants, entry.tenant)),
    ]);
    return { keys: new Map(known), tenants };
  }
}
