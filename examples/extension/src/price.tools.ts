import { Injectable } from '@nestjs/common';
import { GatewayError, type ServedTool, ToolExecutor, type ToolSet } from 'responses-gateway';

const PRICES: Readonly<Record<string, string>> = { anvil: '49.90 EUR', rocket: '1200.00 EUR' };

/** Prices of the catalogue: `{"type": "mcp", "server_label": "prices", "require_approval": "never"}`. */
@Injectable()
@ToolExecutor({ label: 'prices' })
export class PriceTools implements ToolSet {
  list(): ServedTool[] {
    return [
      {
        name: 'find',
        description: 'The price of an article.',
        inputSchema: {
          type: 'object',
          properties: { article: { type: 'string', enum: Object.keys(PRICES) } },
          required: ['article'],
        },
        readOnly: true,
      },
    ];
  }

  call(_name: string, { article }: Record<string, unknown>): string {
    const price = typeof article === 'string' ? PRICES[article] : undefined;
    if (price === undefined)
      throw new GatewayError('invalid_request', { message: 'There is no such article.' });
    return price;
  }
}
