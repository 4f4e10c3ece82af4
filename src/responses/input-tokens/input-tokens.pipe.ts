import { Injectable } from '@nestjs/common';
import { type Checked, EnvelopePipe } from '../dto/envelope.pipe.js';
import { InputTokensDto } from './input-tokens.dto.js';

export type CheckedCount = Checked<InputTokensDto>;

@Injectable()
export class InputTokensPipe extends EnvelopePipe<InputTokensDto> {
  constructor() {
    super(InputTokensDto, []);
  }
}
