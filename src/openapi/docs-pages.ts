import { type Response, Router } from 'express';
import { findFiles } from './find-files.js';
import { showPage, SHOW_DOCUMENT } from './show-page.js';

/** The page is made of its own files and talks to this gateway alone; Swagger UI sets styles inline and has icons in data URLs. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Everything below /docs, and /docs-yaml. */
export function docsPages(): Router {
  const { json, yaml, viewer } = findFiles();
  const send = (response: Response, type: string, text: string): void => {
    response.set('cache-control', 'no-cache').type(type).send(text);
  };
  const router = Router();
  router.get('/docs', ({ path }, response) => {
    response.set('content-security-policy', CONTENT_SECURITY_POLICY);
    send(response, 'html', showPage(path.endsWith('/') ? '.' : './docs'));
  });
  router.get('/docs/openapi.json', (_request, response) => {
    send(response, 'json', json);
  });
  router.get('/docs-yaml', (_request, response) => {
    send(response, 'yaml', yaml);
  });
  router.get('/docs/show-document.js', (_request, response) => {
    send(response, 'js', SHOW_DOCUMENT);
  });
  router.get(/^\/docs\/(swagger-ui(?:-bundle\.js|\.css))$/, ({ params }, response, next) => {
    response.sendFile(String(params[0]), { root: viewer, maxAge: '1h' }, next);
  });
  return router;
}
