import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { parseEncryptionKeys } from '../config/encryption-keys.js';
import { Environment } from '../config/environment.js';
import { type EnvelopeKind, EnvelopeSealer } from './envelope-sealer.js';

const ALGORITHM = 'aes-256-gcm';
const VERSION = 1;
const KEY_BYTES = 32;
const KEY_ID_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + KEY_ID_BYTES;
const SMALLEST = HEAD_BYTES + NONCE_BYTES + TAG_BYTES;

interface Key {
  id: Buffer;
  secret: Buffer;
}

/**
 * AES-256-GCM under ENCRYPTION_KEY. An envelope is, in url-safe base64: version (1 byte), key id (4), nonce (12), ciphertext,
 * tag (16). Version, key id, kind and caller are authenticated with it. The first key seals, all of them open.
 * @public
 */
@Injectable()
export class AesEnvelopeSealer extends EnvelopeSealer {
  private readonly keys: readonly [Key, ...Key[]];
  private mustWarn: boolean;

  constructor(
    { ENCRYPTION_KEY }: Environment,
    private readonly logger: PinoLogger,
  ) {
    super();
    logger.setContext(AesEnvelopeSealer.name);
    const [first, ...older] = (ENCRYPTION_KEY && parseEncryptionKeys(ENCRYPTION_KEY)) || [];
    this.mustWarn = first === undefined;
    this.keys = [asKey(first ?? randomBytes(KEY_BYTES)), ...older.map(asKey)];
  }

  override seal(kind: EnvelopeKind, payload: string, callerId: string): string {
    this.warnOnce();
    const [key] = this.keys;
    const head = Buffer.concat([Buffer.of(VERSION), key.id]);
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, key.secret, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(associatedData(head, kind, callerId));
    const sealed = [cipher.update(payload, 'utf8'), cipher.final()];
    return Buffer.concat([head, nonce, ...sealed, cipher.getAuthTag()]).toString('base64url');
  }

  override open(kind: EnvelopeKind, text: string, callerId: string): string | null {
    const bytes = Buffer.from(text, 'base64url');
    // Node's decoder skips what is no base64: the same envelope must not have two spellings.
    if (bytes.length < SMALLEST || bytes[0] !== VERSION || bytes.toString('base64url') !== text) return null;
    const head = bytes.subarray(0, HEAD_BYTES);
    const key = this.keys.find(({ id }) => id.equals(head.subarray(1)));
    if (!key) return null;
    const body = bytes.subarray(HEAD_BYTES + NONCE_BYTES, -TAG_BYTES);
    try {
      const nonce = bytes.subarray(HEAD_BYTES, HEAD_BYTES + NONCE_BYTES);
      const decipher = createDecipheriv(ALGORITHM, key.secret, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(associatedData(head, kind, callerId));
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
    } catch {
      return null;
    }
  }

  private warnOnce(): void {
    if (!this.mustWarn) return;
    this.mustWarn = false;
    this.logger.warn(
      'ENCRYPTION_KEY is not set: encrypted_content is sealed with a key of this process and cannot be read after a restart or by another replica',
    );
  }
}

function asKey(secret: Buffer): Key {
  const id = createHash('sha256').update('envelope key id').update(secret).digest();
  return { id: id.subarray(0, KEY_ID_BYTES), secret };
}

/** The kind holds no NUL, so no other pair of kind and caller gives the same bytes. */
function associatedData(head: Buffer, kind: EnvelopeKind, callerId: string): Buffer {
  return Buffer.concat([head, Buffer.from(`${kind}\u0000${callerId}`, 'utf8')]);
}
