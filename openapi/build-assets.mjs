// node openapi/build-assets.mjs [folder]: what /docs serves, for a build that has no development dependencies at run time.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath, URL } from 'node:url';
import { parse } from 'yaml';

const SOURCE = new URL('openapi.yaml', import.meta.url);
const VIEWER = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
/** The page needs two of them; the others are what its licence wants to stay with them. */
const VIEWER_FILES = [
  'swagger-ui-bundle.js',
  'swagger-ui.css',
  'swagger-ui-bundle.js.LICENSE.txt',
  'LICENSE',
  'NOTICE',
];

const folder = process.argv[2] ?? fileURLToPath(new URL('../dist/openapi/assets', import.meta.url));
mkdirSync(folder, { recursive: true });
for (const name of VIEWER_FILES) cpSync(join(VIEWER, name), join(folder, name));
cpSync(SOURCE, join(folder, 'openapi.yaml'));
writeFileSync(join(folder, 'openapi.json'), JSON.stringify(parse(readFileSync(SOURCE, 'utf8'))));
