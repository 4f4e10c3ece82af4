import { Injectable } from '@nestjs/common';
import { CreateResponseDto } from './create-response.dto.js';
import { type Checked, EnvelopePipe } from './envelope.pipe.js';

/** A checked request to create a response. */
export interface CheckedRequest extends Checked<CreateResponseDto> {
  /** Of the response that `input` was already joined with; only echoed. */
  previousResponseId?: string;
  /** false: the request is checked and answered without asking the model. */
  generate?: boolean;
}

@Injectable()
export class CreateResponsePipe extends EnvelopePipe<CreateResponseDto> {
  constructor() {
    super(CreateResponseDto, {
      unvalidated: ['input', 'tool_choice', 'conversation', 'prompt'],
      required: ['model'],
    });
  }
}
