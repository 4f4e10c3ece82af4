import { Controller, Get, Param } from '@nestjs/common';
import type { CallContext } from '../call/call-context.js';
import type { ChatModel } from '../contracts/chat-completions.js';
import { Describe } from '../docs/describe.decorator.js';
import { CurrentCall } from '../http/current-call.decorator.js';
import { type ModelList, ModelsService } from './models.service.js';

@Describe(({ ApiBearerAuth, ApiTags }) => [ApiBearerAuth(), ApiTags('models')])
@Controller('v1/models')
export class ModelsController {
  constructor(private readonly models: ModelsService) {}

  @Get()
  @Describe(({ ApiOperation }) => [
    ApiOperation({
      summary:
        "The models of the upstream and the aliases: `data` as OpenAI's list, `models` as Codex's catalogue",
    }),
  ])
  list(@CurrentCall() call: CallContext): Promise<ModelList> {
    return this.models.describeAll(call);
  }

  /** Model ids hold slashes (`Qwen/Qwen3-8B`), sent as they are or escaped. */
  @Get('*id')
  @Describe(({ ApiOperation }) => [ApiOperation({ summary: 'One model' })])
  find(@Param('id') id: string | string[], @CurrentCall() call: CallContext): Promise<ChatModel> {
    return this.models.find(Array.isArray(id) ? id.join('/') : id, call);
  }
}
