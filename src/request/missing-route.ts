import type { Express, NextFunction, Request, Response } from 'express';
import { GatewayError } from '../errors/gateway-error.js';
import { ownPath } from './own-path.js';

const SHOWN_LENGTH = 100;
const OTHERWISE = 'GET / lists the endpoints.';
const HINTS: readonly [path: RegExp, hint: string][] = [
  [
    /\/(?:chat\/completions|completions|messages|generateContent|chat)\/?$/i,
    "This gateway speaks OpenAI's Responses API: use POST /v1/responses.",
  ],
  [/^\/v1\/(?:responses|conversations)\/./i, OTHERWISE],
  [/\/responses(?:\/|$)/i, 'Use POST /v1/responses: the base URL ends in /v1.'],
  [/\/conversations(?:\/|$)/i, 'Use POST /v1/conversations: the base URL ends in /v1.'],
  [/\/models(?:\/|$)/i, 'Use GET /v1/models: the base URL ends in /v1.'],
];

/**
 * Middleware after all routes. Retries with the corrected path, so that routes of extensions take precedence; where that does not
 * exist either, the 404 says what to use.
 */
export function missingRoute(app: Express) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const url = ownPath(request.url);
    if (url === request.url) {
      next(new GatewayError('not_found', { message: describe(request) }));
      return;
    }
    request.url = url;
    app(request, response, next);
  };
}

function describe({ method, path }: Request): string {
  const hint = HINTS.find(([pattern]) => pattern.test(path))?.[1] ?? OTHERWISE;
  const shown = path.length > SHOWN_LENGTH ? `${path.slice(0, SHOWN_LENGTH)}…` : path;
  return `There is no route ${method} ${shown}. ${hint}`;
}
