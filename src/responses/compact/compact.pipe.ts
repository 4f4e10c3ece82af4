import { Injectable } from '@nestjs/common';
import { type Checked, BodyPipe } from '../dto/body.pipe.js';
import { CompactDto } from './compact.dto.js';

export type CheckedCompaction = Checked<CompactDto>;

@Injectable()
export class CompactPipe extends BodyPipe<CompactDto> {
  constructor() {
    super(CompactDto, ['model']);
  }
}
