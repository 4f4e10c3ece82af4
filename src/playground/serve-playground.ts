import { fileURLToPath } from 'node:url';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { type Response, static as serveStatic } from 'express';
import type { Environment } from '../config/environment.js';

/** The files as they are written: nothing of them is compiled, the build copies them to the same place in `dist`. */
const PAGE = fileURLToPath(new URL('./page', import.meta.url));

const HEADERS = new Headers({
  'cache-control': 'no-cache',
  // The page loads its own files and asks its own gateway; `data:` is for previews of the user's images.
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
});

/** Whether browsers get the playground; in production only on demand. */
export function wantsPlayground({ PLAYGROUND_ENABLED, NODE_ENV }: Environment): boolean {
  return PLAYGROUND_ENABLED ?? NODE_ENV !== 'production';
}

/** Answers `GET /` with the playground where HTML is preferred, and has its files on /playground. Needs no key and holds none. */
export function servePlayground(app: NestExpressApplication): void {
  const options = {
    cacheControl: false,
    redirect: false,
    setHeaders: (response: Response) => response.setHeaders(HEADERS),
  };
  const page = serveStatic(PAGE, options);
  app.use('/playground', serveStatic(PAGE, { ...options, index: false }));
  app
    .getHttpAdapter()
    .getInstance()
    .get('/', (request, response, next) => {
      response.vary('Accept');
      if (request.accepts(['json', 'html']) === 'html') void page(request, response, next);
      else next();
    });
}
