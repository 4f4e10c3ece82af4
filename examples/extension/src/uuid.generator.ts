import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { IdGenerator, type IdPrefix } from 'responses-gateway';

@Injectable()
export class UuidGenerator extends IdGenerator {
  override next(prefix: IdPrefix): string {
    return `${prefix}_${randomUUID()}`;
  }
}
