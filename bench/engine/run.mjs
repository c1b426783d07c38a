// Bundles bench/engine/kernels.ts into dist/bench/ and runs it with the words given; the engines have to be built.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const out = join(project, 'dist', 'bench', 'kernels.mjs');
const bundle = await rolldown({ input: 'bench/engine/kernels.ts', cwd: project, platform: 'node', external: /^node:/ });
await bundle.write({ file: out, format: 'esm' });
await bundle.close();
process.exitCode = spawnSync(process.execPath, [out, project, ...process.argv.slice(2)], { stdio: 'inherit' }).status ?? 1;
