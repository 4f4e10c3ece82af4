import { Injectable } from '@nestjs/common';
import { invalidRequest } from '../../errors/gateway-error.js';
import { CreateResponseDto } from './create-response.dto.js';
import { withoutNestedSecrets, withoutToolSecrets } from '../../state/without-tool-secrets.js';
import { Prompts } from '../../prompts/prompts.service.js';
import { type Checked, BodyPipe } from './body.pipe.js';

/** A checked request to create a response. */
export interface CheckedRequest extends Checked<CreateResponseDto> {
  /** false: the request is checked and answered without asking the model. */
  generate?: boolean;
}

@Injectable()
export class CreateResponsePipe extends BodyPipe<CreateResponseDto> {
  constructor(prompts: Prompts) {
    super(CreateResponseDto, ['model'], prompts);
  }

  /** @throws GatewayError (400) naming the first field that is wrong */
  override transform(raw: unknown): CheckedRequest {
    const checked = super.transform(raw);
    const { body } = checked;
    body.input = withoutToolSecrets(body.input);
    if (body.tools) body.tools = [...withoutNestedSecrets(body.tools)];
    return wantsPrewarming(body) ? { ...checked, generate: false } : checked;
  }
}

function wantsPrewarming({ prompt_cache_options: options }: CreateResponseDto): boolean {
  const prewarm = options?.prewarm ?? false;
  if (typeof prewarm === 'boolean') return prewarm;
  throw invalidRequest('prompt_cache_options.prewarm', 'Expected a boolean.');
}
