/** Takes what a client gets as plain text out of the JSON that the model writes. */
export interface CallReader {
  /** Whether the call is complete. */
  readonly isWhole: boolean;
  /** Whether what there is cannot be read as a call. */
  readonly isBroken: boolean;
  /** @returns the part of the text that is certain by now */
  pushText(text: string): string;
  /** @returns the rest of the text */
  end(): string;
}
