/** What a connection keeps of its newest response: enough to continue it, whether it was stored or not. */
export interface KeptConversation {
  /** Id of that response. */
  id: string;
  /** Everything that was said: inputs and outputs in order. */
  items: readonly unknown[];
  /** About the size of the items, in characters of JSON. */
  size: number;
  /** Whether it can be found in the store too. */
  isStored: boolean;
}

/** Lasts longer than one request: a WebSocket remembers from turn to turn. */
export interface ConnectionMemory {
  kept: KeptConversation | null;
  /** Of a whole conversation, in characters of JSON. */
  maxSize: number;
  /** The input of this turn behind everything that was said before; null until it is known. */
  joined: { items: readonly unknown[]; size: number } | null;
}
