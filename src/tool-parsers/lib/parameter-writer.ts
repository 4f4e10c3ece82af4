import { coerceText, readWhole } from './json-reader.js';
import { escapeText } from './json-text.js';
import type { SchemaView } from './schema-view.js';

/** What the text itself says of a value: that it is a text, or JSON; null: nothing. @public */
export type ValueForm = 'text' | 'json' | null;

const NULLS = ['null', 'None'];

/** Writes the bare text of one parameter as JSON: text at once, everything else when it is whole and its type can be told. */
export class ParameterWriter {
  private held = '';
  private isStreaming = false;
  private readonly isText: boolean;
  private readonly isNullable: boolean;

  constructor(
    private readonly emit: (json: string) => void,
    private readonly schema: SchemaView,
    private readonly form: ValueForm,
  ) {
    const { types } = schema;
    this.isText = form === 'text' || (form === null && types?.has('string') === true);
    this.isNullable = form === null && types?.has('null') === true;
  }

  writeText(text: string): void {
    if (text === '') return;
    if (this.isStreaming) {
      this.emit(escapeText(text));
      return;
    }
    this.held += text;
    if (!this.isText || (this.isNullable && NULLS.some((word) => word.startsWith(this.held)))) return;
    this.isStreaming = true;
    this.emit(`"${escapeText(this.held)}`);
  }

  end(): void {
    if (this.isStreaming) this.emit('"');
    else if (this.form === 'text') this.emit('""');
    else this.emit(this.convert());
  }

  private convert(): string {
    const { held, schema } = this;
    return (this.form === 'json' ? readWhole(held.trim(), schema) : null) ?? coerceText(held, schema);
  }
}
