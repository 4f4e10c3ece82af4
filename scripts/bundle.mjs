// node scripts/bundle.mjs: puts the modules of a build into a few files, in its place. For the container image.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const ROOT = path.join(import.meta.dirname, '..');
/** Of many files, loaded with every start, and nothing that an extension must have the same copy of. */
const BUNDLED = ['class-validator', 'helmet', 'ipaddr.js', 'kysely', 'undici', 'ws'];

const { values: options } = parseArgs({
  options: { 'out-dir': { type: 'string', default: path.join(ROOT, 'dist') } },
});
const OUT = path.resolve(options['out-dir']);

const { dependencies, peerDependencies } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
const shared = Object.keys({ ...dependencies, ...peerDependencies }).filter(
  (name) => !BUNDLED.includes(name),
);

/** Files beside a module are found by its address, which therefore stays what it was. */
const keepAddresses = {
  name: 'keep-addresses',
  setup({ onLoad }) {
    onLoad({ filter: /\.js$/ }, ({ path: file }) => {
      const name = path.relative(OUT, file).replaceAll(path.sep, '/');
      const text = name.startsWith('..') ? '' : readFileSync(file, 'utf8');
      if (!text.includes('import.meta.url')) return undefined;
      const address = `new URL(${JSON.stringify(`./${name}`)}, import.meta.url).href`;
      return { contents: text.replaceAll('import.meta.url', address), resolveDir: path.dirname(file) };
    });
  },
};

const { metafile, outputFiles } = await build({
  absWorkingDir: OUT,
  // What extensions import and what runs share their modules: classes are injection tokens. The hooks run in a thread of their own.
  entryPoints: ['main.js', 'index.js', 'extension/resolve.hooks.js'],
  outdir: OUT,
  chunkNames: 'chunk-[hash]',
  write: false,
  metafile: true,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  mainFields: ['module', 'main'],
  external: [...shared, 'bufferutil', 'utf-8-validate'],
  plugins: [keepAddresses],
  keepNames: true,
  minifySyntax: true,
  minifyWhitespace: true,
  sourcemap: true,
  sourcesContent: false,
  // For packages that are CommonJS.
  banner: {
    js: "import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);",
  },
});

for (const name of Object.keys(metafile.inputs)) {
  if (name.startsWith('..')) continue;
  for (const file of [name, `${name}.map`]) rmSync(path.join(OUT, file));
}
for (const { path: file, contents } of outputFiles) writeFileSync(file, contents);
