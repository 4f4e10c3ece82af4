import { Injectable } from '@nestjs/common';
import { Prompts } from '../../prompts/prompts.service.js';
import { type Checked, BodyPipe } from '../dto/body.pipe.js';
import { CompactDto } from './compact.dto.js';

export type CheckedCompaction = Checked<CompactDto>;

@Injectable()
export class CompactPipe extends BodyPipe<CompactDto> {
  constructor(prompts: Prompts) {
    super(CompactDto, ['model'], prompts);
  }
}
