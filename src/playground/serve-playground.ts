import { fileURLToPath } from 'node:url';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { type Response, Router, static as serveStatic } from 'express';
import type { Environment } from '../config/environment.js';
import { pageHeaders } from '../request/page-headers.js';

/** The files as they are written: nothing of them is compiled, the build copies them to the same place in `dist`. */
const PAGE = fileURLToPath(new URL('./page', import.meta.url));

/** The page loads its own files and asks its own gateway; `data:` is for previews of the user's images. */
const SOURCES = { script: ["'self'"], style: ["'self'"], img: ["'self'", 'data:'], connect: ["'self'"] };

/** Whether browsers get the playground; in production only on demand. */
export function wantsPlayground({ PLAYGROUND_ENABLED, NODE_ENV }: Environment): boolean {
  return PLAYGROUND_ENABLED ?? NODE_ENV !== 'production';
}

/** Answers `GET /` with the playground where HTML is preferred, and has its files on /playground. Needs no key and holds none. */
export function servePlayground(app: NestExpressApplication): void {
  const options = {
    cacheControl: false,
    redirect: false,
    setHeaders: (response: Response) => response.set('cache-control', 'no-cache'),
  };
  const headers = pageHeaders(SOURCES);
  const page = Router().use(headers, serveStatic(PAGE, options));
  app.use('/playground', headers, serveStatic(PAGE, { ...options, index: false }));
  app
    .getHttpAdapter()
    .getInstance()
    .get('/', (request, response, next) => {
      response.vary('Accept');
      if (request.accepts(['json', 'html']) === 'html') page(request, response, next);
      else next();
    });
}
