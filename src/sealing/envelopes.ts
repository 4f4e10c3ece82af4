import type { EnvelopeKind, EnvelopeSealer } from './envelope-sealer.js';

/** Sealing and opening for one caller: what the pure translation gets to see of cryptography. */
export interface Envelopes {
  seal(kind: EnvelopeKind, payload: string): string;
  /** @returns null for a foreign or broken envelope */
  open(kind: EnvelopeKind, text: string): string | null;
}

export function envelopesOf(sealer: EnvelopeSealer, callerId: string): Envelopes {
  return {
    seal: (kind, payload) => sealer.seal(kind, payload, callerId),
    open: (kind, text) => sealer.open(kind, text, callerId),
  };
}
