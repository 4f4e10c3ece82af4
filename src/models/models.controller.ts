import { Controller, Get, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { CallContext } from '../call/call-context.js';
import type { ChatModel } from '../contracts/chat-completions.js';
import { CurrentCall } from '../http/current-call.decorator.js';
import { ModelsService } from './models.service.js';

@ApiTags('models')
@ApiBearerAuth()
@Controller('v1/models')
export class ModelsController {
  constructor(private readonly models: ModelsService) {}

  @Get()
  @ApiOperation({ summary: 'List the models of the upstream, and the aliases' })
  async list(@CurrentCall() call: CallContext): Promise<{ object: 'list'; data: ChatModel[] }> {
    return { object: 'list', data: await this.models.list(call) };
  }

  /** Model ids hold slashes (`Qwen/Qwen3-8B`), sent as they are or escaped. */
  @Get('*id')
  @ApiOperation({ summary: 'One model' })
  find(@Param('id') id: string | string[], @CurrentCall() call: CallContext): Promise<ChatModel> {
    return this.models.find(Array.isArray(id) ? id.join('/') : id, call);
  }
}
