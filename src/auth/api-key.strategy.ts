import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import type { Caller } from '../request/request-context.js';
import { Environment } from '../config/environment.js';
import { GatewayError } from '../errors/gateway-error.js';
import { type AuthRequest, AuthStrategy } from './auth-strategy.js';

const BEARER = /^Bearer +([^\s]+) *$/i;
const DIGEST = /^sha256:([0-9a-f]{64})$/i;
const ANYONE: Caller = { id: 'anonymous' };

/** Bearer keys out of API_KEYS and API_KEYS_FILE; with neither, everyone may call. */
@Injectable()
export class ApiKeyStrategy extends AuthStrategy {
  private readonly digests: readonly Buffer[];

  constructor(environment: Environment) {
    super();
    this.digests = readKeys(environment).map(digestOf);
  }

  /** Whether everyone may call. */
  get isOpen(): boolean {
    return this.digests.length === 0;
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

  /** Looks at every key, so that the time taken tells nothing about which one was close. */
  private isKnown(digest: Buffer): boolean {
    let known = false;
    for (const candidate of this.digests) known = timingSafeEqual(candidate, digest) || known;
    return known;
  }
}

function readKeys({ API_KEYS, API_KEYS_FILE }: Environment): string[] {
  const listed = (API_KEYS ?? '').split(',');
  const filed = API_KEYS_FILE === undefined ? [] : readKeyFile(API_KEYS_FILE);
  const keys = [...listed, ...filed].map((key) => key.trim()).filter((key) => key !== '');
  if (keys.length === 0 && (API_KEYS !== undefined || API_KEYS_FILE !== undefined)) {
    throw new Error(
      'Invalid environment:\n  API_KEYS, API_KEYS_FILE: name no key; unset both to open /v1 to everyone',
    );
  }
  return keys;
}

function readKeyFile(path: string): string[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new Error(`Invalid environment:\n  API_KEYS_FILE=${path}: cannot be read`, { cause: error });
  }
  return text.split(/\r?\n/).map((line) => line.replace(/#.*$/, ''));
}

function digestOf(key: string): Buffer {
  const hex = DIGEST.exec(key)?.[1];
  return hex === undefined ? sha256(key) : Buffer.from(hex, 'hex');
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
