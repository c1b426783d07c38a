// Compiles the AssemblyScript kernels to dist/wasm/ and puts the BLAKE3 module of blake3-wasm beside them.
// Usage: node scripts/build-wasm.mjs [--out=DIRECTORY]
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const option = process.argv.find((word) => word.startsWith('--out='));
const out = option === undefined ? join(root, 'dist', 'wasm') : option.slice('--out='.length);
const require = createRequire(import.meta.url);

const COMMON = ['--runtime', 'stub', '--use', 'abort=', '-O3', '--noAssert', '--initialMemory', '2'];
const BUILDS = { simd: ['--enable', 'simd'], scalar: ['--disable', 'simd'] };

function compile(build, flags) {
  const asc = join(dirname(require.resolve('assemblyscript/package.json')), 'bin', 'asc.js');
  const entry = join('wasm', 'assembly', `${build}.ts`);
  const outcome = spawnSync(process.execPath, [asc, entry, ...COMMON, ...flags, '-o', join(out, `coppice-${build}.wasm`)], {
    cwd: root,
    stdio: 'inherit',
  });
  if (outcome.status !== 0) process.exit(outcome.status ?? 1);
}

/** The exports that src/engine/wasm-blake3.ts uses have one-letter names: a new version must not slip in unseen. */
const BLAKE3_VERSION = '3.0.0';

function copyBlake3() {
  const packageFile = join(root, 'node_modules', 'blake3-wasm', 'package.json');
  const { version } = JSON.parse(readFileSync(packageFile, 'utf8'));
  if (version !== BLAKE3_VERSION) {
    console.error(`build-wasm: blake3-wasm is ${version}, but the names of its exports are known for ${BLAKE3_VERSION}`);
    process.exit(1);
  }
  const bytes = readFileSync(join(dirname(packageFile), 'dist', 'wasm', 'blake3.wasm'));
  writeFileSync(join(out, 'blake3.wasm'), bytes);
}

mkdirSync(out, { recursive: true });
for (const [build, flags] of Object.entries(BUILDS)) compile(build, flags);
copyBlake3();
