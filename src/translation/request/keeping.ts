/** What is kept of a request, as far as its answer tells of it. */
export interface Keeping {
  /** Whether the answer is kept. */
  store: boolean;
  background: boolean;
  /** The response that the input continues. */
  previousId: string | null;
  conversationId: string | null;
  /** Of an answer that was promised before: its id, and when that was (Unix time in seconds). */
  responseId?: string;
  createdAt?: number;
}
