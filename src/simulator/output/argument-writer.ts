import { pythonDumps } from '../server/python-json.js';
import type { PayloadEvent } from './payload-reader.js';

/** Writes the arguments of an XML call: one piece a finished parameter, then the brace. */
export class ArgumentWriter {
  private count = 0;

  parameter(name: string, value: unknown): PayloadEvent {
    const lead = this.count === 0 ? '{' : ', ';
    this.count += 1;
    return { args: `${lead}${pythonDumps(name, false)}: ${pythonDumps(value, false)}` };
  }

  /** Empty arguments are no piece at all. */
  end(): PayloadEvent[] {
    const open = this.count > 0;
    this.count = 0;
    return open ? [{ args: '}' }] : [];
  }
}
