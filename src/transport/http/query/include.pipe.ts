import { Injectable, type PipeTransform } from '@nestjs/common';
import { type Query, readIgnoredIncludes } from './read-query.js';

/** Reads `include` alone, to the names that have no effect. */
@Injectable()
export class IncludePipe implements PipeTransform<Query, string[]> {
  /** @throws GatewayError (400) for what is no list of names */
  transform(query: Query): string[] {
    return readIgnoredIncludes(query);
  }
}
