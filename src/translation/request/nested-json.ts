import { JsonMeter } from '../../contracts/json-meter.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { readJsonObject } from '../read-json-object.js';
import type { RawObject } from '../../contracts/raw-object.js';

/** As many as a whole body may hold by default. Within strings, where nothing was counted yet, ten million would fit into one. */
const MAX_VALUES = 250_000;

/** Reads the JSON that stands as text within the strings of one request, before anything is made of too much of it. */
export class NestedJson {
  private values = 0;

  /**
   * @param levels of lists and objects that are still read
   * @returns null for what is not the text of an object, or nests deeper
   * @throws GatewayError `request_too_large` when all texts together hold too many values
   */
  readObject(text: string, levels: number): RawObject | null {
    // Commas of other texts are no values.
    if (!/^\s*\{/.test(text)) return null;
    const meter = new JsonMeter({ values: MAX_VALUES - this.values, levels });
    const excess = meter.add(Buffer.from(text));
    if (excess === 'values') throw tooMany();
    this.values += meter.values;
    return excess === 'levels' ? null : readJsonObject(text);
  }
}

function tooMany(): GatewayError {
  return new GatewayError('request_too_large', {
    message: 'The JSON inside strings of the request body has too many values.',
  });
}
