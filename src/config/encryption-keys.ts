import { registerDecorator } from 'class-validator';

const HEX = /^[0-9a-f]{64}$/i;
/** 32 bytes are 43 characters of base64, plain or url-safe, with or without the padding. */
const BASE64 = /^[\w+/-]{43}=?$/;

/**
 * Reads ENCRYPTION_KEY.
 *
 * @returns the keys, newest first; null when one of them is not 32 bytes in hex or base64, or there is none
 */
export function parseEncryptionKeys(text: string): Buffer[] | null {
  const keys = text.split(',').map((part) => readKey(part.trim()));
  return keys.every((key) => key !== null) ? keys : null;
}

export function IsEncryptionKeys(): PropertyDecorator {
  return (target, propertyKey) => {
    registerDecorator({
      name: 'isEncryptionKeys',
      target: target.constructor,
      propertyName: String(propertyKey),
      validator: {
        validate: (value: unknown) => typeof value === 'string' && parseEncryptionKeys(value) !== null,
        defaultMessage: () => 'must be 32 bytes in hex or base64, or several such keys separated by commas',
      },
    });
  };
}

function readKey(text: string): Buffer | null {
  if (HEX.test(text)) return Buffer.from(text, 'hex');
  return BASE64.test(text) ? Buffer.from(text, 'base64') : null;
}
