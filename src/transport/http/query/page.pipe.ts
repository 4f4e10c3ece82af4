import { Injectable, type PipeTransform } from '@nestjs/common';
import { invalidRequest } from '../../../errors/gateway-error.js';
import { type Query, readIgnoredIncludes, readParameter, readWholeNumber } from './read-query.js';

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 100;

/** Which part of a list is asked for. */
export interface AskedPage {
  page: { after: string | undefined; limit: number; order: 'asc' | 'desc' };
  /** What of the query has no effect. */
  ignored: readonly string[];
}

/** Reads `limit`, `order`, `after` and `include`. Others are no fields of ours: `before` is gone from OpenAI's types. */
@Injectable()
export class PagePipe implements PipeTransform<Query, AskedPage> {
  /** @throws GatewayError (400) naming the parameter that is wrong */
  transform(query: Query): AskedPage {
    const order = readParameter(query, 'order') ?? 'desc';
    if (order !== 'asc' && order !== 'desc') throw invalidRequest('order', "Expected 'asc' or 'desc'.");
    const limit = readWholeNumber(query, 'limit', { min: 1, max: MAX_LIMIT }) ?? DEFAULT_LIMIT;
    return {
      page: { after: readParameter(query, 'after'), limit, order },
      ignored: readIgnoredIncludes(query),
    };
  }
}
