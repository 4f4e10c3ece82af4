import { createHash, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Caller } from '../request/request-context.js';
import { Environment } from '../config/environment.js';
import { invalidEnvironment } from '../config/invalid-environment.js';
import { GatewayError } from '../errors/gateway-error.js';
import { type WatchedFile, WatchedFiles } from '../reload/watched-files.service.js';
import { type AuthRequest, AuthStrategy } from './auth-strategy.js';

const BEARER = /^Bearer +([^\s]+) *$/i;
const DIGEST = /^sha256:([0-9a-f]{64})$/i;
const ANYONE: Caller = { id: 'anonymous' };

/** Bearer keys out of API_KEYS and API_KEYS_FILE, whose changes are taken over; with neither, everyone may call. @public */
@Injectable()
export class ApiKeyStrategy extends AuthStrategy {
  private readonly listed: readonly Buffer[];
  private readonly file: WatchedFile<readonly Buffer[]>;

  constructor({ API_KEYS, API_KEYS_FILE }: Environment, files: WatchedFiles) {
    super();
    this.listed = digestsOf((API_KEYS ?? '').split(','));
    this.file = files.openIfNamed('API_KEYS_FILE', API_KEYS_FILE, this.readFile, this.listed);
    if (API_KEYS !== undefined && this.isOpen) {
      throw invalidEnvironment('API_KEYS: contains no key; unset it to open /v1 to everyone');
    }
  }

  /** How many keys there are. */
  get keyCount(): number {
    return this.digests.length;
  }

  /** Whether everyone may call. */
  get isOpen(): boolean {
    return this.keyCount === 0;
  }

  override authenticate({ authorization }: AuthRequest): Caller {
    if (this.isOpen) return ANYONE;
    if (!authorization) throw new GatewayError('missing_api_key');
    const key = BEARER.exec(authorization)?.[1];
    if (key === undefined) {
      throw new GatewayError('invalid_api_key', {
        message: 'Malformed Authorization header: expected Bearer YOUR_KEY.',
      });
    }
    const digest = sha256(key);
    if (!this.isKnown(digest)) throw new GatewayError('invalid_api_key');
    return { id: `key-${digest.toString('hex', 0, 4)}` };
  }

  private get digests(): readonly Buffer[] {
    return this.file.current;
  }

  /** A file without a key must not open the gateway to everyone. */
  private readonly readFile = (text: string, label: string): readonly Buffer[] => {
    const filed = digestsOf(text.split(/\r?\n/).map((line) => line.replace(/#.*$/, '')));
    const digests = [...this.listed, ...filed];
    if (digests.length === 0) throw new Error(`${label}: contains no key; unset it to open /v1 to everyone`);
    return digests;
  };

  /** Looks at every key, so that the time taken tells nothing about which one was close. */
  private isKnown(digest: Buffer): boolean {
    let known = false;
    for (const candidate of this.digests) known = timingSafeEqual(candidate, digest) || known;
    return known;
  }
}

function digestsOf(keys: readonly string[]): Buffer[] {
  return keys
    .map((key) => key.trim())
    .filter((key) => key !== '')
    .map(digestOf);
}

function digestOf(key: string): Buffer {
  const hex = DIGEST.exec(key)?.[1];
  return hex === undefined ? sha256(key) : Buffer.from(hex, 'hex');
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
