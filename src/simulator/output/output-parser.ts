import { isJson, type Json } from '../chat-request.js';
import { pythonDumps } from './python-json.js';

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
  calls: boolean;
  newCallId: () => string;
}

const NAME = /"name"\s*:\s*("(?:[^"\\]|\\.)*")/;

/**
 * Sorts the tokens of an answer into reasoning, content and calls, as LMDeploy's parsers `default` and `qwen3` do it: one token, at
 * most one delta. Relies on the tokenizer keeping tags whole.
 */
export class OutputParser {
  /** Tokens between the tags. */
  reasoningTokens = 0;
  /** True when the block just closed held no call; a stream has lost its text by then. */
  lostBlock = false;
  private mode: 'reasoning' | 'plain' | 'call';
  private block = '';
  private isNamed = false;
  private calls = 0;

  constructor(readonly setup: OutputParserSetup) {
    this.mode = setup.startsInReasoning ? 'reasoning' : 'plain';
  }

  /** Whether a block of a call is open. */
  get inBlock(): boolean {
    return this.mode === 'call';
  }

  /** The delta of a token; undefined while a parser buffers. */
  push(token: string): Delta | undefined {
    this.lostBlock = false;
    switch (this.mode) {
      case 'reasoning':
        return this.readReasoning(token);
      case 'plain':
        return this.readPlain(token);
      case 'call':
        return token === '</tool_call>' ? this.closeBlock() : this.readName(token);
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
    const { reasoning, calls } = this.setup;
    if (reasoning && token === '<think>') {
      this.mode = 'reasoning';
      return undefined;
    }
    if (!calls || token !== '<tool_call>') return { content: token };
    this.mode = 'call';
    this.block = '';
    this.isNamed = false;
    return undefined;
  }

  /** The name is sent as soon as it is there. */
  private readName(token: string): Delta | undefined {
    this.block += token;
    const name = this.isNamed ? undefined : NAME.exec(this.block)?.[1];
    if (name === undefined) return undefined;
    this.isNamed = true;
    this.calls += 1;
    const id = this.setup.newCallId();
    const fn = { name: JSON.parse(name) as string };
    return { tool_calls: [{ id, type: 'function', index: this.calls - 1, function: fn }] };
  }

  /** The arguments come in one piece at the end; empty ones are no piece at all. */
  private closeBlock(): Delta | undefined {
    this.mode = 'plain';
    const call = parseCall(this.block);
    this.lostBlock = !call || !this.isNamed;
    if (!call || !this.isNamed) return undefined;
    const args = call.arguments ?? {};
    if (isJson(args) && Object.keys(args).length === 0) return undefined;
    const text = typeof args === 'string' ? args : pythonDumps(args, false);
    return { tool_calls: [{ index: this.calls - 1, function: { arguments: text } }] };
  }
}

function parseCall(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJson(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
