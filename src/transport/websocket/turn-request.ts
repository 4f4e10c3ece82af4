import { type IncomingMessage, ServerResponse } from 'node:http';
import { REQUEST_CONTEXT_ID } from '@nestjs/core/internal';
import { attachContext } from '../../request/current-request.decorator.js';
import { attachEventReader, eventReaderOf } from '../http/event-reader.js';
import { SocketTurn } from './socket-turn.js';

/** What a turn's guards, interceptors and handler get for a request. */
export type TurnRequest = IncomingMessage & { body: Record<string, unknown> };

type CallCarrier = Parameters<typeof attachContext>[0];

/**
 * The request of a turn: that of the upgrade, with a body and a context of its own, so that guards and interceptors that were
 * written for HTTP work on turns as they are.
 */
export function buildTurnRequest(
  upgrade: IncomingMessage,
  turn: SocketTurn,
  body: Record<string, unknown>,
): TurnRequest {
  const request = Object.create(upgrade, {
    body: { value: body, writable: true, enumerable: true },
    [REQUEST_CONTEXT_ID]: { value: undefined, writable: true, configurable: true },
  }) as TurnRequest;
  attachContext(request as unknown as CallCarrier, turn.context);
  attachEventReader(request, turn);
  return request;
}

/** A response that goes nowhere: guards may set headers on it, and hear by its 'close' that the turn is over. */
export function buildTurnResponse(upgrade: IncomingMessage, response: ServerResponse): ServerResponse {
  const inert = new ServerResponse(upgrade);
  Object.setPrototypeOf(inert, Object.getPrototypeOf(response) as object);
  return inert;
}

/** Emits the 'close' that whatever ends with the request waits for. */
export function closeTurnResponse(response: ServerResponse): void {
  if (response.destroyed) return;
  response.destroyed = true;
  response.emit('close');
}

/** The turn a request stands for; undefined: it is an ordinary one. */
export function turnOf(request: IncomingMessage): SocketTurn | undefined {
  const reader = eventReaderOf(request);
  return reader instanceof SocketTurn ? reader : undefined;
}
