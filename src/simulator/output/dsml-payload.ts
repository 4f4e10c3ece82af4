import { ArgumentWriter } from './argument-writer.js';
import type { PayloadEvent, PayloadReader } from './payload-reader.js';

const PARAMETER = /<｜DSML｜parameter name="([^"]*)" string="(true|false)">([\s\S]*)<\/｜DSML｜parameter>$/;

/** DeepSeek's DSML: several invokes a block, values marked as text or as JSON. */
export class DsmlPayload implements PayloadReader {
  readonly complete = false;
  private text = '';
  private inInvoke = false;
  private calls = 0;
  private readonly writer = new ArgumentWriter();

  push(token: string): PayloadEvent[] {
    this.text += token;
    if (!this.inInvoke) return this.readName();
    if (token === '</｜DSML｜parameter>') return this.readParameter();
    if (token !== '</｜DSML｜invoke>') return [];
    this.inInvoke = false;
    this.text = '';
    return this.writer.end();
  }

  close(): PayloadEvent[] | undefined {
    return this.calls > 0 ? [] : undefined;
  }

  private readName(): PayloadEvent[] {
    const name = /<｜DSML｜invoke name="([^"]*)">/.exec(this.text)?.[1];
    if (name === undefined) return [];
    this.inInvoke = true;
    this.calls += 1;
    return [{ name }];
  }

  private readParameter(): PayloadEvent[] {
    const start = this.text.lastIndexOf('<｜DSML｜parameter');
    const [, name, string, value] = PARAMETER.exec(this.text.slice(start)) ?? [];
    if (name === undefined || value === undefined) return [];
    return [this.writer.parameter(name, string === 'true' ? value : (JSON.parse(value) as unknown))];
  }
}
