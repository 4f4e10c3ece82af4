import { GatewayError } from '../errors/gateway-error.js';
import { shownId } from './usable-id.js';

/** @param param of the request that names it; absent: its path does */
export function conversationNotFound(id: string, param?: string): GatewayError {
  return new GatewayError('not_found', {
    param,
    message: `Conversation with id '${shownId(id)}' not found.`,
  });
}

export function responseNotFound(id: string): GatewayError {
  return new GatewayError('not_found', { message: `Response with id '${shownId(id)}' not found.` });
}

/**
 * For an item that is referred to, in the words of OpenAI, which clients look for.
 *
 * @param param `input` or `items`
 * @param index where the reference stands in it
 * @param advice a sentence for whoever refers to it
 */
export function referredItemNotFound(
  id: string,
  param: string,
  index: number,
  advice?: string,
): GatewayError {
  const sentences = [`Item with id '${shownId(id)}' not found.`, ...(advice ? [advice] : [])].join(' ');
  return new GatewayError('item_not_found', { param, message: `${sentences} (${param}[${index}])` });
}
