import { Controller, Get, Param } from '@nestjs/common';
import type { RequestContext } from '../request/request-context.js';
import type { ChatModel } from '../contracts/chat-completions.js';
import { CurrentRequest } from '../request/current-request.decorator.js';
import { type ModelList, ModelsService } from './models.service.js';

@Controller('v1/models')
export class ModelsController {
  constructor(private readonly models: ModelsService) {}

  @Get()
  list(@CurrentRequest() context: RequestContext): Promise<ModelList> {
    return this.models.describeAll(context);
  }

  /** Model ids hold slashes (`Qwen/Qwen3-8B`), sent as they are or escaped. */
  @Get('*id')
  find(@Param('id') id: string | string[], @CurrentRequest() context: RequestContext): Promise<ChatModel> {
    return this.models.find(Array.isArray(id) ? id.join('/') : id, context);
  }
}
