import { Controller, Get } from '@nestjs/common';
import { Environment } from '../config/environment.js';
import { Public } from './public.decorator.js';

@Public()
@Controller()
export class RootController {
  constructor(private readonly environment: Environment) {}

  @Get()
  about(): Record<string, unknown> {
    return {
      name: 'responses-gateway',
      description: "OpenAI's Responses API in front of a chat-completions model server.",
      endpoints: [
        'POST /v1/responses',
        'POST /v1/responses/compact',
        'POST /v1/responses/input_tokens',
        'GET /v1/models',
        'GET /health/live',
        'GET /health/ready',
      ],
      ...(this.environment.DOCS_ENABLED && { docs: '/docs' }),
    };
  }
}
