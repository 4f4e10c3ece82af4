import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { parse } from 'yaml';

const DOCUMENT = path.join(import.meta.dirname, '../openapi/openapi.yaml');
const VIEWER = path.dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
/** The page needs two of them; the others are what its licence wants to stay with them. */
const VIEWER_FILES = [
  'swagger-ui-bundle.js',
  'swagger-ui.css',
  'swagger-ui-bundle.js.LICENSE.txt',
  'LICENSE',
  'NOTICE',
];

/** Puts what /docs serves into `folder`: at run time there are no development dependencies. */
export function buildOpenapi(folder) {
  mkdirSync(folder, { recursive: true });
  for (const name of VIEWER_FILES) cpSync(path.join(VIEWER, name), path.join(folder, name));
  cpSync(DOCUMENT, path.join(folder, 'openapi.yaml'));
  writeFileSync(path.join(folder, 'openapi.json'), JSON.stringify(parse(readFileSync(DOCUMENT, 'utf8'))));
}
