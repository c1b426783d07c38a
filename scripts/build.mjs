// Builds everything into dist/: WASM kernels, the native addon where cargo can, bundles, type declarations.
// Usage: node scripts/build.mjs [--only=wasm,native,bundle,types]
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { dirname, join } from 'node:path';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');

/** Runs a program of node_modules or a script of ours; a failure ends the build with its status. */
function run(program, args) {
  const outcome = spawnSync(process.execPath, [join(root, program), ...args], { cwd: root, stdio: 'inherit' });
  if (outcome.status !== 0) process.exit(outcome.status ?? 1);
}

async function buildBundles() {
  const { rolldown } = await import('rolldown');
  rmSync(join(dist, 'chunks'), { recursive: true, force: true });
  const bundle = await rolldown({
    input: { cli: 'src/cli/main.ts', index: 'src/index.ts', worker: 'src/worker.ts' },
    cwd: root,
    platform: 'node',
    external: ['piscina', /^node:/],
  });
  await bundle.write({
    dir: dist,
    format: 'esm',
    codeSplitting: { groups: [{ name: 'core', test: /[\\/]src[\\/](?:base|format|engine|fs|pool|repo)[\\/]/, minShareCount: 3 }] },
    minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name]-[hash].js',
    banner: (chunk) => (chunk.isEntry && chunk.name === 'cli' ? '#!/usr/bin/env node' : ''),
  });
  await bundle.close();
  chmodSync(join(dist, 'cli.js'), 0o755);
  copyFileSync(join(root, 'src/cli/report.schema.json'), join(dist, 'report.schema.json'));
}

/** Declarations of files that are no more would be packed, too. */
function buildTypes() {
  rmSync(join(dist, 'types'), { recursive: true, force: true });
  run('node_modules/typescript/bin/tsc', ['-p', 'tsconfig.types.json']);
}

const steps = {
  wasm: () => run('scripts/build-wasm.mjs', []),
  native: () => run('scripts/build-native.mjs', []),
  bundle: buildBundles,
  types: buildTypes,
};

const only = process.argv.find((word) => word.startsWith('--only='));
const wanted = only === undefined ? Object.keys(steps) : only.slice('--only='.length).split(',');
if (!existsSync(join(root, 'node_modules'))) {
  console.error('build: node_modules is absent; run `npm ci` first');
  process.exit(1);
}
mkdirSync(dist, { recursive: true });
for (const step of wanted) {
  const build = steps[step];
  if (build === undefined) {
    console.error(`build: unknown step "${step}"; the steps are ${Object.keys(steps).join(', ')}`);
    process.exit(1);
  }
  await build();
}
