import { randomFillSync } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { IdGenerator, type IdPrefix } from './id-generator.js';

const ID_BYTES = 24;
const POOL_BYTES = ID_BYTES * 256;

/** 192 random bits in hex, drawn from a pool: one call for randomness serves 256 ids. @public */
@Injectable()
export class RandomIdGenerator extends IdGenerator {
  private readonly pool = Buffer.allocUnsafe(POOL_BYTES);
  private used = POOL_BYTES;

  override next(prefix: IdPrefix): string {
    if (this.used === POOL_BYTES) {
      randomFillSync(this.pool);
      this.used = 0;
    }
    const start = this.used;
    this.used += ID_BYTES;
    return `${prefix}_${this.pool.toString('hex', start, this.used)}`;
  }
}
