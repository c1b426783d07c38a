// Builds native/ into dist/coppice.node through @napi-rs/cli.
// Without cargo, or where the build fails, says in one line that the native engine is absent and ends well, unless
// COPPICE_REQUIRE_NATIVE=1. Words of the build go to native/target/build.log; --verbose shows them.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const target = join(root, 'native', 'target');
const staging = join(target, 'addon');
const addon = join(root, 'dist', 'coppice.node');
const log = join(target, 'build.log');

/** Ends the script: the engine is optional unless the environment says otherwise. */
function absent(reason) {
  const required = process.env['COPPICE_REQUIRE_NATIVE'] === '1';
  // An addon of older sources would be worse than none.
  rmSync(addon, { force: true });
  console.error(`native engine absent: ${reason}${required ? '' : '; coppice runs on its wasm engine'}`);
  process.exit(required ? 1 : 0);
}

function hasCargo() {
  return spawnSync('cargo', ['--version'], { stdio: 'ignore' }).status === 0;
}

/** Runs `napi build`; true when it ended well. */
function build() {
  const napi = join(root, 'node_modules', '@napi-rs', 'cli', 'dist', 'cli.js');
  const words = ['--release', '--platform', '--no-js', '--manifest-path', 'native/Cargo.toml'];
  const places = ['--package-json-path', 'package.json', '--output-dir', staging];
  const options = { cwd: root, encoding: 'utf8', stdio: process.argv.includes('--verbose') ? 'inherit' : 'pipe' };
  const outcome = spawnSync(process.execPath, [napi, 'build', ...words, ...places], options);
  writeFileSync(log, `${outcome.stdout ?? ''}${outcome.stderr ?? ''}`);
  return outcome.status === 0;
}

/** Puts the new addon in place by rename: a process that has the old one loaded keeps it. */
function install() {
  const built = readdirSync(staging).find((name) => name.endsWith('.node'));
  if (built === undefined) absent('the build made no addon');
  mkdirSync(dirname(addon), { recursive: true });
  copyFileSync(join(staging, built), `${addon}.new`);
  renameSync(`${addon}.new`, addon);
}

if (!existsSync(join(root, 'node_modules', '@napi-rs', 'cli'))) absent('@napi-rs/cli is not installed');
if (!hasCargo()) absent('cargo is not installed');
mkdirSync(target, { recursive: true });
rmSync(staging, { recursive: true, force: true });
if (!build()) absent(`cargo could not build it, see ${log}`);
install();
