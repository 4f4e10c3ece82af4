import { Controller, Get, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { CallContext } from '../call/call-context.js';
import type { ChatModel } from '../contracts/chat-completions.js';
import { CurrentCall } from '../http/current-call.decorator.js';
import { type ModelList, ModelsService } from './models.service.js';

@ApiTags('models')
@ApiBearerAuth()
@Controller('v1/models')
export class ModelsController {
  constructor(private readonly models: ModelsService) {}

  @Get()
  @ApiOperation({
    summary:
      "The models of the upstream and the aliases: `data` as OpenAI's list, `models` as Codex's catalogue",
  })
  list(@CurrentCall() call: CallContext): Promise<ModelList> {
    return this.models.describeAll(call);
  }

  /** Model ids hold slashes (`Qwen/Qwen3-8B`), sent as they are or escaped. */
  @Get('*id')
  @ApiOperation({ summary: 'One model' })
  find(@Param('id') id: string | string[], @CurrentCall() call: CallContext): Promise<ChatModel> {
    return this.models.find(Array.isArray(id) ? id.join('/') : id, call);
  }
}
