/** Reasoning that the client was not shown. */
export interface UnseenReasoning {
  text: string;
  /** It came before the output item of this index. */
  before: number;
}

/** Adds a piece: what stands before the same item is one. */
export function addUnseen(unseen: UnseenReasoning[], text: string, before: number): void {
  const last = unseen.at(-1);
  if (last?.before === before) last.text += text;
  else unseen.push({ text, before });
}
