/** What a sealed text is: one of these never opens as another. @public */
export type EnvelopeKind = 'reasoning' | 'compaction' | 'stored' | 'credentials';

/**
 * Extension point: how text that clients keep for the gateway is sealed. Provide it in an extension module to seal with a key
 * management service of your own.
 * @public
 */
export abstract class EnvelopeSealer {
  /** @returns url-safe text that only the same caller can hand back, as the same kind */
  abstract seal(kind: EnvelopeKind, payload: string, callerId: string): string;

  /** @returns the payload; null for anything this sealer did not seal for this caller as this kind. Never throws. */
  abstract open(kind: EnvelopeKind, text: string, callerId: string): string | null;
}
