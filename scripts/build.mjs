// Builds everything into dist/: WASM kernels, the native addon where cargo can, bundles, type declarations.
// Usage: node scripts/build.mjs [--only=wasm,native,bundle,types]
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { dirname, join } from 'node:path';
import { lazyExternals } from './lazy-externals.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');

/** Runs a program of node_modules or a script of ours; a failure ends the build with its status. */
function run(program, args) {
  const outcome = spawnSync(process.execPath, [join(root, program), ...args], { cwd: root, stdio: 'inherit' });
  if (outcome.status !== 0) process.exit(outcome.status ?? 1);
}

/** Has V8 compile the programs ahead, whatever the caller's variables say to coppice; without that they start later, and work. */
function compileAhead() {
  const env = Object.fromEntries(Object.entries(process.env).filter(([variable]) => !/^(?:COPPICE|OSTREE)_/.test(variable)));
  const outcome = spawnSync(process.execPath, [join(root, 'scripts/compile-bundle.cjs')], { cwd: root, env, encoding: 'utf8' });
  if (outcome.status !== 0) console.error(`${outcome.stderr}the programs are not compiled ahead and start later`);
}

/** One file of CommonJS, which node starts faster than modules; in ASCII, as scripts/launch.cjs wants it. */
async function writeBundle(input, file, external = []) {
  const { rolldown } = await import('rolldown');
  const bundle = await rolldown({ input, cwd: root, platform: 'node', external: ['fflate', /^node:|^@napi-rs\//, ...external], plugins: [lazyExternals] });
  const { output } = await bundle.generate({
    format: 'cjs',
    exports: 'named',
    codeSplitting: false,
    dynamicImportInCjs: false,
    minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
  });
  await bundle.close();
  writeFileSync(join(dist, file), output[0].code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`));
}

/** A program is its bundle and the launcher. */
async function buildProgram(name, input) {
  await writeBundle(input, `${name}.bundle.js`);
  copyFileSync(join(root, 'scripts/launch.cjs'), join(dist, `${name}.js`));
}

async function buildBundles() {
  for (const old of readdirSync(dist).filter((file) => file.endsWith('.code'))) rmSync(join(dist, old));
  writeFileSync(join(dist, 'package.json'), '{ "type": "commonjs" }\n');
  copyFileSync(join(root, 'src/cli/report.schema.json'), join(dist, 'report.schema.json'));
  await writeBundle('src/index.ts', 'index.js', ['piscina']);
  await buildProgram('worker', 'scripts/worker-program.mjs');
  await buildProgram('cli', 'src/cli/main.ts');
  chmodSync(join(dist, 'cli.js'), 0o755);
  compileAhead();
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
