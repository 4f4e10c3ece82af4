import { Controller, Get } from '@nestjs/common';
import { Environment } from '../config/environment.js';
import { Public } from './public.decorator.js';

/** There is nothing behind them where nothing is kept. */
const STORED = [
  'GET, DELETE /v1/responses/{id}',
  'POST /v1/responses/{id}/cancel',
  'GET /v1/responses/{id}/input_items',
  'POST /v1/conversations',
  'GET, POST, DELETE /v1/conversations/{id}',
  'GET, POST /v1/conversations/{id}/items',
  'GET, DELETE /v1/conversations/{id}/items/{item_id}',
];

/** Those that PASSTHROUGH_ENABLED is about. */
const PASSED_ON = ['POST /v1/chat/completions', 'POST /v1/completions', 'POST /v1/embeddings'];

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
        ...(this.environment.DATABASE_URL === 'none' ? [] : STORED),
        ...(this.environment.PASSTHROUGH_ENABLED ? PASSED_ON : []),
        'GET /v1/models',
        'GET /health/live',
        'GET /health/ready',
      ],
      ...(this.environment.DOCS_ENABLED && { docs: '/docs' }),
    };
  }
}
