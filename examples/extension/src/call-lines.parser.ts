import {
  type Segment,
  ToolParser,
  type ToolParserFamily,
  type ToolTable,
  type ToolTextParser,
} from 'responses-gateway';

@ToolParser({ names: ['call-lines'], models: /acme/i })
export class CallLinesParser implements ToolParserFamily {
  create(tools: ToolTable): ToolTextParser {
    return new CallLinesReader(tools);
  }
}

/** A line `CALL name {json}` is a call; every other line is text. */
class CallLinesReader implements ToolTextParser {
  private rest = '';
  private calls = 0;

  constructor(private readonly tools: ToolTable) {}

  pushText(text: string): Segment[] {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop() ?? '';
    return lines.flatMap((line) => this.read(`${line}\n`));
  }

  end(): Segment[] {
    return this.rest === '' ? [] : this.read(this.rest);
  }

  private read(line: string): Segment[] {
    const [, name = '', json = ''] = /^CALL (\S+) (\{.*\})\s*$/.exec(line) ?? [];
    if (!this.tools.has(name)) return [{ kind: 'text', text: line }];
    const call = this.calls++;
    return [
      { kind: 'call-start', call, name },
      { kind: 'call-arguments', call, text: json },
      { kind: 'call-end', call },
    ];
  }
}
