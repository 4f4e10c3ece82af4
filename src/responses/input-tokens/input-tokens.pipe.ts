import { Injectable } from '@nestjs/common';
import { Prompts } from '../../prompts/prompts.service.js';
import { type Checked, BodyPipe } from '../dto/body.pipe.js';
import { InputTokensDto } from './input-tokens.dto.js';

export type CheckedCount = Checked<InputTokensDto>;

@Injectable()
export class InputTokensPipe extends BodyPipe<InputTokensDto> {
  constructor(prompts: Prompts) {
    super(InputTokensDto, [], prompts);
  }
}
