import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { parseSync } from 'rolldown/utils';
import { describe, expect, it } from 'vitest';

const SOURCE = resolve(import.meta.dirname, '../../src');

/** The floors of the house, lowest first; rooms of one floor are blind to each other. */
const FLOORS: readonly (readonly string[])[] = [
  ['base'],
  ['format', 'engine', 'transport'],
  ['fs', 'pool'],
  ['repo'],
  ['ops'],
  ['sysroot', 'compose'],
  ['cli', 'index.ts', 'runtime.ts', 'worker.ts'],
];

const FRONT_DOORS: ReadonlySet<string> = new Set(['cli', 'index.ts', 'runtime.ts', 'worker.ts']);

function sourceFiles(directory: string): string[] {
  return readdirSync(directory).flatMap((name) => {
    const path = join(directory, name);
    if (statSync(path).isDirectory()) return sourceFiles(path);
    return name.endsWith('.ts') ? [path] : [];
  });
}

/** Every module that a file names in import, export-from or import(), type-only ones included. */
function importsOf(path: string): string[] {
  const parsed = parseSync(path, readFileSync(path, 'utf8'));
  const { staticImports, staticExports, dynamicImports } = parsed.module;
  const reExported = staticExports.flatMap(({ entries }) => entries.flatMap(({ moduleRequest }) => moduleRequest?.value ?? []));
  const text = readFileSync(path, 'utf8');
  const dynamic = dynamicImports.map(({ moduleRequest: { start, end } }) => text.slice(start + 1, end - 1));
  return [...staticImports.map(({ moduleRequest }) => moduleRequest.value), ...reExported, ...dynamic];
}

function roomOf(path: string): string {
  return relative(SOURCE, path).split('/')[0] ?? '';
}

function floorOf(room: string): number {
  return FLOORS.findIndex((rooms) => rooms.includes(room));
}

function opOf(path: string): string {
  return relative(SOURCE, path).split('/')[1] ?? '';
}

/** Why the import is not allowed, or undefined when it is. */
function fault(from: string, target: string): string | undefined {
  const [fromRoom, targetRoom] = [roomOf(from), roomOf(target)];
  const edge = `${relative(SOURCE, from)} → ${relative(SOURCE, target)}`;
  if (floorOf(targetRoom) < 0) return `${edge}: the house has no room "${targetRoom}"`;
  if (fromRoom === 'ops' && targetRoom === 'ops' && opOf(from) !== opOf(target)) {
    return target.endsWith('/index.ts') ? undefined : `${edge}: an op uses another op through its index.ts`;
  }
  if (fromRoom === targetRoom || (FRONT_DOORS.has(fromRoom) && FRONT_DOORS.has(targetRoom))) return undefined;
  return floorOf(targetRoom) < floorOf(fromRoom) ? undefined : `${edge}: not a lower floor`;
}

const files = sourceFiles(SOURCE);

describe('the house', () => {
  it('has only rooms that the floor plan names', () => {
    const strangers = files.map(roomOf).filter((room) => floorOf(room) < 0);
    expect(strangers).toEqual([]);
  });

  it('imports only from lower floors', () => {
    const faults = files.flatMap((file) =>
      importsOf(file)
        .filter((name) => name.startsWith('.'))
        .flatMap((name) => fault(file, resolve(dirname(file), name)) ?? []),
    );
    expect(faults).toEqual([]);
  });

  it('keeps format/ pure: no modules but its own and base/, no await, no clock, no process', () => {
    const faults = files
      .filter((file) => roomOf(file) === 'format')
      .flatMap((file) => {
        const text = readFileSync(file, 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
        const foreign = importsOf(file).filter((name) => !name.startsWith('.'));
        const impure = text.match(/\bawait\b|\bprocess\.|\bDate\.now\b|\bMath\.random\b/g) ?? [];
        return [...foreign, ...impure].map((what) => `${relative(SOURCE, file)}: ${what}`);
      });
    expect(faults).toEqual([]);
  });

  it('reads the environment and the arguments only in cli/env.ts', () => {
    const faults = files
      .filter((file) => relative(SOURCE, file) !== 'cli/env.ts')
      .filter((file) => /process\.(env|argv|cwd)\b/.test(readFileSync(file, 'utf8')));
    expect(faults.map((file) => relative(SOURCE, file))).toEqual([]);
  });

  it('has no module-level let', () => {
    const faults = files.filter((file) => /^(export )?let /m.test(readFileSync(file, 'utf8')));
    expect(faults.map((file) => relative(SOURCE, file))).toEqual([]);
  });

  it('prints only in cli/', () => {
    const faults = files
      .filter((file) => roomOf(file) !== 'cli')
      .filter((file) => /\bconsole\.|process\.(stdout|stderr)/.test(readFileSync(file, 'utf8')));
    expect(faults.map((file) => relative(SOURCE, file))).toEqual([]);
  });

  it('lists every task in worker.ts', () => {
    const worker = readFileSync(join(SOURCE, 'worker.ts'), 'utf8');
    const tasks = files
      .filter((file) => file.endsWith('-task.ts'))
      .filter((file) => !worker.includes(relative(SOURCE, file)));
    expect(tasks.map((file) => relative(SOURCE, file))).toEqual([]);
  });

  it('has a README in every room', () => {
    const rooms = ['base', 'format', 'engine', 'fs', 'pool', 'repo', 'cli', ...readdirSync(join(SOURCE, 'ops')).map((op) => `ops/${op}`)];
    const missing = rooms.filter((room) => !readdirSync(join(SOURCE, room)).includes('README.md'));
    expect(missing).toEqual([]);
  });

  it('has no junk drawers', () => {
    const drawers = files.filter((file) => /(^|\/)(utils?|helpers?|common|misc|shared|types)(\.ts|\/)/.test(relative(SOURCE, file)));
    expect(drawers.map((file) => relative(SOURCE, file))).toEqual([]);
  });
});
