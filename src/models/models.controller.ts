import { Controller, Get, Param } from '@nestjs/common';
import type { RequestContext } from '../request/request-context.js';
import type { ChatModel } from '../contracts/chat-completions.js';
import { Describe } from '../docs/describe.decorator.js';
import { CurrentRequest } from '../request/current-request.decorator.js';
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
  list(@CurrentRequest() context: RequestContext): Promise<ModelList> {
    return this.models.describeAll(context);
  }

  /** Model ids hold slashes (`Qwen/Qwen3-8B`), sent as they are or escaped. */
  @Get('*id')
  @Describe(({ ApiOperation }) => [ApiOperation({ summary: 'One model' })])
  find(@Param('id') id: string | string[], @CurrentRequest() context: RequestContext): Promise<ChatModel> {
    return this.models.find(Array.isArray(id) ? id.join('/') : id, context);
  }
}
