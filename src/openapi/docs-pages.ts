import { type Response, Router } from 'express';
import { pageHeaders } from '../request/page-headers.js';
import { findFiles } from './find-files.js';
import { showPage, SHOW_DOCUMENT } from './show-page.js';

/** Everything below /docs, and /docs-yaml. */
export function docsPages(): Router {
  const { json, yaml, viewer } = findFiles();
  const send = (response: Response, type: string, text: string): void => {
    response.set('cache-control', 'no-cache').type(type).send(text);
  };
  const router = Router();
  // The page is made of its own files and talks to this gateway alone; Swagger UI sets styles inline and has icons in data URLs.
  const sources = {
    script: ["'self'"],
    style: ["'self'", "'unsafe-inline'"],
    img: ["'self'", 'data:'],
    connect: ["'self'"],
  };
  router.use(pageHeaders(sources));
  router.get('/docs', ({ path }, response) => {
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
