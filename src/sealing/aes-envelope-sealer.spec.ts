import fc from 'fast-check';
import type { PinoLogger } from 'nestjs-pino';
import { Environment } from '../config/environment.js';
import { AesEnvelopeSealer } from './aes-envelope-sealer.js';

const OLD = 'a0'.repeat(32);
const NEW = Buffer.alloc(32, 7).toString('base64');

function sealerWith(key?: string) {
  const warnings: string[] = [];
  const logger = { setContext: () => undefined, warn: (text: string) => warnings.push(text) };
  const environment = Object.assign(new Environment(), { ENCRYPTION_KEY: key });
  return { sealer: new AesEnvelopeSealer(environment, logger as unknown as PinoLogger), warnings };
}

describe('an envelope', () => {
  const { sealer } = sealerWith(OLD);
  const sealed = () => sealer.seal('reasoning', 'why', 'key-1');

  it('should open for the caller it was sealed for, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (payload, caller) => {
        const text = sealer.seal('reasoning', payload, caller);
        expect(text).toMatch(/^[\w-]+$/);
        expect(sealer.open('reasoning', text, caller)).toBe(payload);
      }),
    );
  });

  it('should never be the same twice', () => {
    expect(sealed()).not.toBe(sealed());
  });

  it('should not show what it holds', () => {
    const text = sealer.seal('reasoning', 'a secret thought', 'key-1');
    expect(Buffer.from(text, 'base64url').toString('latin1')).not.toContain('secret');
  });

  it.each(['key-2', '', 'key-1\u0000', 'KEY-1'])('should stay closed for the caller %j', (caller) => {
    expect(sealer.open('reasoning', sealed(), caller)).toBeNull();
  });

  it('should stay closed as another kind', () => {
    expect(sealer.open('compaction', sealed(), 'key-1')).toBeNull();
  });

  it('should stay closed when any bit of it was changed', () => {
    const bytes = Buffer.from(sealed(), 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(sealer.open('reasoning', changed.toString('base64url'), 'key-1')).toBeNull();
    }
  });

  it('should have one spelling only', () => {
    const text = sealed();
    for (const other of [`${text}=`, ` ${text}`, `${text}\n`, `${text}!`, text.slice(0, -1), `${text}A`])
      expect(sealer.open('reasoning', other, 'key-1')).toBeNull();
    expect(text.length % 4).not.toBe(1);
  });

  it('should be null, not an error, for any text', () => {
    fc.assert(
      fc.property(fc.string(), fc.uint8Array({ maxLength: 80 }), (text, bytes) => {
        expect(sealer.open('reasoning', text, 'key-1')).toBeNull();
        const head = Buffer.from(sealed(), 'base64url').subarray(0, 5);
        const forged = Buffer.concat([head, bytes]).toString('base64url');
        expect(sealer.open('reasoning', forged, 'key-1')).toBeNull();
      }),
    );
  });
});

describe('the keys', () => {
  it('should open what an older key has sealed, and seal with the first', () => {
    const old = sealerWith(OLD).sealer.seal('compaction', 'summary', 'key-1');
    const rotated = sealerWith(`${NEW}, ${OLD}`).sealer;
    expect(rotated.open('compaction', old, 'key-1')).toBe('summary');
    const fresh = rotated.seal('compaction', 'summary', 'key-1');
    expect(sealerWith(NEW).sealer.open('compaction', fresh, 'key-1')).toBe('summary');
    expect(sealerWith(OLD).sealer.open('compaction', fresh, 'key-1')).toBeNull();
  });

  it('should be the same key in hex and in both spellings of base64', () => {
    const bytes = Buffer.alloc(32, 0xfb);
    const text = sealerWith(bytes.toString('hex')).sealer.seal('reasoning', 'why', 'key-1');
    for (const spelling of [bytes.toString('base64'), bytes.toString('base64url')])
      expect(sealerWith(spelling).sealer.open('reasoning', text, 'key-1')).toBe('why');
  });

  it('should be random where none is set, and say so once, when the first envelope is sealed', () => {
    const { sealer, warnings } = sealerWith();
    expect(warnings).toHaveLength(0);
    const text = sealer.seal('reasoning', 'why', 'key-1');
    sealer.seal('reasoning', 'why', 'key-1');
    expect(warnings).toEqual([expect.stringContaining('ENCRYPTION_KEY')]);
    expect(sealer.open('reasoning', text, 'key-1')).toBe('why');
    expect(sealerWith().sealer.open('reasoning', text, 'key-1')).toBeNull();
  });

  it('should not be complained about where one is set', () => {
    const { sealer, warnings } = sealerWith(OLD);
    sealer.seal('reasoning', 'why', 'key-1');
    expect(warnings).toHaveLength(0);
  });
});
