import { ArgumentWriter } from './argument-writer.js';
import { coerceValue } from './coerce-value.js';
import type { ParameterTypes, PayloadEvent, PayloadReader } from './payload-reader.js';

/** `f<arg_key>k</arg_key><arg_value>v</arg_value>`: the name is known when the first key begins. */
export class Glm47Payload implements PayloadReader {
  readonly complete = false;
  private text = '';
  private name: string | undefined;
  private key = '';
  private readonly writer = new ArgumentWriter();

  constructor(private readonly types: ParameterTypes) {}

  push(token: string): PayloadEvent[] {
    switch (token) {
      case '<arg_key>':
        return this.readName();
      case '</arg_key>':
        this.key = this.take().trim();
        return [];
      case '<arg_value>':
        this.take();
        return [];
      case '</arg_value>':
        return [
          this.writer.parameter(this.key, coerceValue(this.take(), this.types(this.name ?? '', this.key))),
        ];
      default:
        this.text += token;
        return [];
    }
  }

  close(): PayloadEvent[] | undefined {
    const named = this.readName();
    return this.name ? [...named, ...this.writer.end()] : undefined;
  }

  private readName(): PayloadEvent[] {
    const name = this.take().trim();
    if (this.name !== undefined || name === '') return [];
    this.name = name;
    return [{ name }];
  }

  private take(): string {
    const text = this.text;
    this.text = '';
    return text;
  }
}
