import type { ParameterTypes, PayloadEvent, PayloadReader } from './payload-reader.js';
import type { ToolBlock } from './tool-blocks.js';

/** A piece of a tool call as a delta carries it. */
export interface CallDelta {
  id?: string;
  type?: 'function';
  index: number;
  function: { name?: string; arguments?: string };
}

/** The one field of a delta besides the role. */
export type Delta = { content: string } | { reasoning_content: string } | { tool_calls: CallDelta[] };

/** What the parsers of a server are set to for one request. */
export interface OutputParserSetup {
  reasoning: boolean;
  startsInReasoning: boolean;
  block: ToolBlock | undefined;
  types: ParameterTypes;
  newCallId: () => string;
}

/**
 * Sorts the tokens of an answer into reasoning, content and calls, as LMDeploy does it: one token, at most one delta.
 * Relies on the tokenizer keeping tags whole.
 */
export class OutputParser {
  /** Tokens between the tags. */
  reasoningTokens = 0;
  /** True when the block just closed held no call; a stream has lost its text by then. */
  lostBlock = false;
  private mode: 'reasoning' | 'plain' | 'tool';
  private reader: PayloadReader | undefined;
  private calls = 0;

  constructor(private readonly setup: OutputParserSetup) {
    this.mode = setup.startsInReasoning ? 'reasoning' : 'plain';
  }

  /** Whether a tool block is open. */
  get inBlock(): boolean {
    return this.mode === 'tool';
  }

  /** The delta of a token; undefined while a parser buffers. */
  push(token: string): Delta | undefined {
    this.lostBlock = false;
    switch (this.mode) {
      case 'reasoning':
        return this.readReasoning(token);
      case 'plain':
        return this.readPlain(token);
      case 'tool':
        return this.readTool(token);
    }
  }

  private readReasoning(token: string): Delta | undefined {
    if (token === '<think>') return undefined;
    if (token === '</think>') {
      this.mode = 'plain';
      return undefined;
    }
    this.reasoningTokens += 1;
    return { reasoning_content: token };
  }

  private readPlain(token: string): Delta | undefined {
    const { reasoning, block, types } = this.setup;
    if (reasoning && token === '<think>') {
      this.mode = 'reasoning';
      return undefined;
    }
    if (token !== block?.open) return { content: token };
    this.mode = 'tool';
    this.reader = block.reader(types);
    return undefined;
  }

  private readTool(token: string): Delta | undefined {
    const { reader } = this;
    if (!reader) return undefined;
    const closing = token === this.setup.block?.close;
    const events = closing ? [] : reader.push(token);
    if (closing || reader.complete) {
      const last = reader.close();
      this.lostBlock = last === undefined;
      events.push(...(last ?? []));
      this.mode = 'plain';
    }
    return events.length > 0 ? { tool_calls: events.map((event) => this.callDelta(event)) } : undefined;
  }

  private callDelta(event: PayloadEvent): CallDelta {
    if ('args' in event) return { index: this.calls - 1, function: { arguments: event.args } };
    this.calls += 1;
    const id = this.setup.newCallId();
    return { id, type: 'function', index: this.calls - 1, function: { name: event.name } };
  }
}
