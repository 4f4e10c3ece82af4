import { ArgumentWriter } from './argument-writer.js';
import { coerceValue } from './coerce-value.js';
import type { ParameterTypes, PayloadEvent, PayloadReader } from './payload-reader.js';

/** `<function=f>` with `<parameter=p>` inside; the arguments are closed by `</function>` alone. */
export class Qwen3CoderPayload implements PayloadReader {
  readonly complete = false;
  private text = '';
  private name: string | undefined;
  private readonly writer = new ArgumentWriter();

  constructor(private readonly types: ParameterTypes) {}

  push(token: string): PayloadEvent[] {
    this.text += token;
    if (this.name === undefined) return this.readName();
    if (token === '</parameter>') return this.readParameter(this.name);
    return token === '</function>' ? this.writer.end() : [];
  }

  close(): PayloadEvent[] | undefined {
    return this.name === undefined ? undefined : [];
  }

  private readName(): PayloadEvent[] {
    const name = /<function=([^>\n]*)[>\n]/.exec(this.text)?.[1]?.trim();
    if (!name) return [];
    this.name = name;
    return [{ name }];
  }

  private readParameter(tool: string): PayloadEvent[] {
    const start = this.text.lastIndexOf('<parameter=');
    const [, name, value] =
      /<parameter=([^>\n]*)[>\n]([\s\S]*)<\/parameter>$/.exec(this.text.slice(start)) ?? [];
    if (name === undefined || value === undefined) return [];
    return [this.writer.parameter(name.trim(), coerceValue(value.trim(), this.types(tool, name.trim())))];
  }
}
