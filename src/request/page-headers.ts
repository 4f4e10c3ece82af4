import type { RequestHandler } from 'express';
import helmet from 'helmet';

/** From where a page may load what it needs, in the words of a Content-Security-Policy. */
export interface PageSources {
  script: string[];
  style: string[];
  img: string[];
  connect: string[];
}

/**
 * Middleware for pages that the gateway serves to browsers: what is not named they may not load, and nobody may show them in a frame.
 * Answers of the API are no pages. TLS, and so HSTS, is a matter of whatever stands in front.
 */
export function pageHeaders({ script, style, img, connect }: PageSources): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'none'"],
        'script-src': script,
        'style-src': style,
        'img-src': img,
        'connect-src': connect,
        'base-uri': ["'none'"],
        'form-action': ["'none'"],
        'frame-ancestors': ["'none'"],
      },
    },
    strictTransportSecurity: false,
    xFrameOptions: { action: 'deny' },
  });
}
