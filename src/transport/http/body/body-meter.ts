import { type JsonExcess, JsonMeter } from '../../../contracts/json-meter.js';
import { GatewayError } from '../../../errors/gateway-error.js';

const MAX_LEVELS = 64;

/** Rejects a body with too many values or levels before it is parsed. */
export class BodyMeter {
  private readonly meter: JsonMeter;

  constructor(private readonly maxValues: number) {
    this.meter = new JsonMeter({ values: maxValues, levels: MAX_LEVELS });
  }

  /** @throws GatewayError `request_too_large` for too many values, `invalid_request` for too many levels */
  add(bytes: Buffer): void {
    const excess = this.meter.add(bytes);
    if (excess) throw this.errorOf(excess);
  }

  private errorOf(excess: JsonExcess): GatewayError {
    return excess === 'values'
      ? new GatewayError('request_too_large', {
          message: `The request body has more than ${this.maxValues} JSON values.`,
        })
      : new GatewayError('invalid_request', {
          message: `The request body is nested more than ${MAX_LEVELS} levels deep.`,
        });
  }
}
