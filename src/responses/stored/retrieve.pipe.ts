import { Injectable, type PipeTransform } from '@nestjs/common';
import { invalidRequest } from '../../errors/gateway-error.js';
import {
  type Query,
  readFlag,
  readIgnoredIncludes,
  readWholeNumber,
} from '../../transport/http/query/read-query.js';

const FROM_ZERO = { min: 0, max: Number.MAX_SAFE_INTEGER };

/** How a response is to be shown. */
export interface Retrieval {
  /** Its events, rather than the response itself. */
  stream: boolean;
  /** Sequence number of the last event that the client has. */
  startingAfter: number | undefined;
  obfuscate: boolean;
  /** What of the query has no effect. */
  ignored: readonly string[];
}

@Injectable()
export class RetrievePipe implements PipeTransform<Query, Retrieval> {
  /** @throws GatewayError (400) naming the parameter that is wrong */
  transform(query: Query): Retrieval {
    const stream = readFlag(query, 'stream') ?? false;
    const startingAfter = readWholeNumber(query, 'starting_after', FROM_ZERO);
    if (startingAfter !== undefined && !stream) {
      throw invalidRequest('starting_after', "'starting_after' is for streams: send stream=true too.");
    }
    return {
      stream,
      startingAfter,
      obfuscate: readFlag(query, 'include_obfuscation') ?? false,
      ignored: readIgnoredIncludes(query),
    };
  }
}
