import { Injectable } from '@nestjs/common';
import { type Checked, EnvelopePipe } from '../dto/envelope.pipe.js';
import { CompactDto } from './compact.dto.js';

export type CheckedCompaction = Checked<CompactDto>;

@Injectable()
export class CompactPipe extends EnvelopePipe<CompactDto> {
  constructor() {
    super(CompactDto, ['model']);
  }
}
