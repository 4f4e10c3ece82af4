import { Injectable } from '@nestjs/common';
import { type Checked, BodyPipe } from '../dto/body.pipe.js';
import { InputTokensDto } from './input-tokens.dto.js';

export type CheckedCount = Checked<InputTokensDto>;

@Injectable()
export class InputTokensPipe extends BodyPipe<InputTokensDto> {
  constructor() {
    super(InputTokensDto, []);
  }
}
