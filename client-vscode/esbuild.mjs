// node esbuild.mjs           the extension: dist/extension.js, minified
// node esbuild.mjs --tests   the tests: dist/test/*.test.js
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

const common = { bundle: true, platform: 'node', target: 'node20', format: 'cjs', external: ['vscode'], logLevel: 'warning' };
const MOST_BYTES = 500_000;

if (process.argv.includes('--tests')) {
  rmSync('dist/test', { recursive: true, force: true });
  await build({ ...common, entryPoints: readdirSync('test').map((name) => `test/${name}`), outdir: 'dist/test', sourcemap: 'inline' });
} else {
  const entry = { entryPoints: ['src/extension.ts'], outfile: 'dist/extension.js' };
  const { metafile } = await build({ ...common, ...entry, minify: true, metafile: true, legalComments: 'none' });
  writeFileSync('dist/THIRD_PARTY.txt', licences(Object.keys(metafile.inputs)));
  const { size } = statSync('dist/extension.js');
  if (size >= MOST_BYTES) throw new Error(`dist/extension.js has ${size} bytes; it must stay below ${MOST_BYTES}.`);
  console.log(`dist/extension.js: ${size.toLocaleString('en')} bytes`);
}

/** The licences of the packages that these files belong to. */
function licences(files) {
  const folders = new Set(files.map((file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1]).filter(Boolean));
  return [...folders].sort().map((folder) => {
    const { name, version } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
    const file = readdirSync(folder).find((each) => /^licen[cs]e(\.(txt|md))?$/i.test(each));
    if (file === undefined) throw new Error(`${name} has no licence file`);
    return `${name} ${version}\n\n${readFileSync(path.join(folder, file), 'utf8').trim()}\n`;
  }).join(`\n${'-'.repeat(80)}\n\n`);
}
