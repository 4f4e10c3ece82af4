import type { ToolTable } from '../translation/request/tools/tool-table.js';
import type { FinishReason, Segment } from '../translation/segments/segment.js';
import { JsonEndScanner } from './lib/json-end-scanner.js';
import { partialMarkerLength } from './lib/marker-scanner.js';
import { ToolParser, type ToolParserFamily, type ToolTextParser } from './tool-parser.decorator.js';

const OPEN = '<tool_call>';
const CLOSE = '</tool_call>';

/** `<tool_call>{"name": …, "arguments": {…}}</tool_call>`: Hermes and most Qwen models. */
@ToolParser({ names: ['hermes', 'qwen', 'qwen2d5', 'qwen3'] })
export class HermesParser implements ToolParserFamily {
  create(tools: ToolTable): ToolTextParser {
    return new HermesReader(tools);
  }
}

class HermesReader implements ToolTextParser {
  private buffer = '';
  private scanned = 0;
  private state: 'text' | 'call' | 'after-call' = 'text';
  private scanner = new JsonEndScanner();
  private calls = 0;

  constructor(private readonly tools: ToolTable) {}

  push(text: string): Segment[] {
    this.buffer += text;
    const segments: Segment[] = [];
    while (this.step(segments));
    return segments;
  }

  end(reason: FinishReason): Segment[] {
    const segments: Segment[] = [];
    if (this.state === 'call' && reason === 'length') this.emitCutCall(segments);
    else if (this.state === 'call') this.emitText(OPEN + this.buffer, segments);
    else this.emitText(this.buffer, segments);
    this.buffer = '';
    return segments;
  }

  /** @returns whether there may be more to read */
  private step(segments: Segment[]): boolean {
    if (this.state === 'call') return this.readCall(segments);
    if (this.state === 'after-call') return this.skipClose();
    return this.readText(segments);
  }

  private readText(segments: Segment[]): boolean {
    const at = this.buffer.indexOf(OPEN);
    const end = at >= 0 ? at : this.buffer.length - partialMarkerLength(this.buffer, OPEN);
    this.emitText(this.buffer.slice(0, end), segments);
    this.buffer = this.buffer.slice(at >= 0 ? at + OPEN.length : end);
    if (at >= 0) this.enter('call');
    return at >= 0;
  }

  private readCall(segments: Segment[]): boolean {
    const end = this.scanner.scan(this.buffer, this.scanned);
    this.scanned = this.buffer.length;
    if (end < 0) return false;
    const json = this.buffer.slice(0, end);
    this.buffer = this.buffer.slice(end);
    if (this.emitCall(json, segments)) this.enter('after-call');
    else {
      this.emitText(OPEN + json, segments);
      this.enter('text');
    }
    return true;
  }

  private skipClose(): boolean {
    const rest = this.buffer.trimStart();
    if (rest.startsWith(CLOSE)) this.buffer = rest.slice(CLOSE.length);
    else if (CLOSE.startsWith(rest)) return false;
    this.enter('text');
    return true;
  }

  private emitCall(json: string, segments: Segment[]): boolean {
    const parsed = readCallObject(json);
    if (!parsed || !this.tools.has(parsed.name)) return false;
    const call = this.calls++;
    segments.push(
      { kind: 'call-start', call, name: parsed.name },
      { kind: 'call-arguments', call, text: parsed.arguments },
      { kind: 'call-end', call },
    );
    return true;
  }

  /** A call cut by the token limit: its name is known, its arguments are not whole. */
  private emitCutCall(segments: Segment[]): void {
    const name = /"name"\s*:\s*"([^"\\]+)"/.exec(this.buffer)?.[1];
    if (name === undefined || !this.tools.has(name)) this.emitText(OPEN + this.buffer, segments);
    else segments.push({ kind: 'call-start', call: this.calls++, name });
  }

  private emitText(text: string, segments: Segment[]): void {
    if (text !== '') segments.push({ kind: 'text', text });
  }

  private enter(state: 'text' | 'call' | 'after-call'): void {
    this.state = state;
    this.scanned = 0;
    this.scanner = new JsonEndScanner();
  }
}

function readCallObject(json: string): { name: string; arguments: string } | null {
  try {
    const value = JSON.parse(json) as { name?: unknown; arguments?: unknown; parameters?: unknown };
    if (typeof value.name !== 'string') return null;
    const given = value.arguments ?? value.parameters ?? {};
    // Some models write the JSON text itself, as the API does.
    return { name: value.name, arguments: typeof given === 'string' ? given : JSON.stringify(given) };
  } catch {
    return null;
  }
}
