/** What one token inside a tool block reveals: the name of a call, or a piece of its arguments. */
export type PayloadEvent = { name: string } | { args: string };

/** Reads the inside of one tool block, token by token. */
export interface PayloadReader {
  /** True once a block without a closing tag is whole. */
  readonly complete: boolean;
  push(token: string): PayloadEvent[];
  /** The end of the block; `undefined` when it held no call, which a stream loses and a whole answer keeps as text. */
  close(): PayloadEvent[] | undefined;
}

/** Types of the parameters of each tool, to turn XML text into JSON values. */
export type ParameterTypes = (tool: string, parameter: string) => string | undefined;
