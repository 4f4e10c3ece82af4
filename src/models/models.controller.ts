import { Controller, Get, Param } from '@nestjs/common';
import type { CallContext } from '../call/call-context.js';
import type { ChatModel } from '../contracts/chat-completions.js';
import { CurrentCall } from '../http/current-call.decorator.js';
import { type ModelList, ModelsService } from './models.service.js';

@Controller('v1/models')
export class ModelsController {
  constructor(private readonly models: ModelsService) {}

  @Get()
  list(@CurrentCall() call: CallContext): Promise<ModelList> {
    return this.models.describeAll(call);
  }

  /** Model ids hold slashes (`Qwen/Qwen3-8B`), sent as they are or escaped. */
  @Get('*id')
  find(@Param('id') id: string | string[], @CurrentCall() call: CallContext): Promise<ChatModel> {
    return this.models.find(Array.isArray(id) ? id.join('/') : id, call);
  }
}
