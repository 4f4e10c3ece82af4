import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface DocsFiles {
  /** The OpenAPI document. */
  json: string;
  /** The same as it was written. */
  yaml: string;
  /** Folder of the files of Swagger UI. */
  viewer: string;
}

const BUILT = new URL('./assets/', import.meta.url);
const SOURCE = new URL('../../openapi/openapi.yaml', import.meta.url);

/**
 * What scripts/build-openapi.mjs has put beside the compiled code. Where the source itself runs (tests, `start:dev`), the same out of
 * the repository and its development dependencies: parsing the document then takes up to half a second.
 */
export function findFiles(): DocsFiles {
  if (existsSync(BUILT)) {
    const read = (name: string): string => readFileSync(new URL(name, BUILT), 'utf8');
    return { json: read('openapi.json'), yaml: read('openapi.yaml'), viewer: fileURLToPath(BUILT) };
  }
  const require = createRequire(import.meta.url);
  const { parse } = require('yaml') as typeof import('yaml');
  const yaml = readFileSync(SOURCE, 'utf8');
  const viewer = dirname(require.resolve('swagger-ui-dist/package.json'));
  return { json: JSON.stringify(parse(yaml)), yaml, viewer };
}
