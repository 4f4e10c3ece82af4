import type { NestExpressApplication } from '@nestjs/platform-express';
import type { RequestHandler } from 'express';

const PATHS = /^\/docs(?:[-/]|$)/i;

/**
 * Serves the OpenAPI document as JSON on /docs/openapi.json and as a page on /docs. One route stands for all of it, since those
 * that are added to the running application would come behind Nest's 404; what lies behind is loaded with the first request.
 */
export function serveDocs(app: NestExpressApplication): void {
  let pages: Promise<RequestHandler> | undefined;
  app
    .getHttpAdapter()
    .getInstance()
    .get(PATHS, (request, response, next) => {
      pages ??= import('./docs-pages.js').then(({ docsPages }) => docsPages());
      pages.then((handle) => handle(request, response, next)).catch(next);
    });
}
