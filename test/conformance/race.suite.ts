import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { expect, it } from 'vitest';
import { packNames } from '../../src/base/name-list.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { noise } from '../support/nasty-tree.ts';
import type { Scratch } from '../support/scratch.ts';
import { dir, file, writeTree } from '../support/tree.ts';
import { makeStore, publishAll } from './walked-tree.ts';

const WRITER = fileURLToPath(new URL('race-writer.ts', import.meta.url));
const DIST = fileURLToPath(new URL('../../dist', import.meta.url));
const WRITERS = 8;
/** Long enough for eight processes to start on two cores. */
const HEAD_START_MS = 1500;

interface Report {
  readonly stored: number;
  readonly failures: readonly unknown[];
  readonly checksums: string;
}

async function bundleWriter(directory: string): Promise<string> {
  const bundle = await rolldown({ input: WRITER, platform: 'node' });
  const out = join(directory, 'writer.mjs');
  await bundle.write({ file: out, format: 'esm' });
  await bundle.close();
  return out;
}

function runWriter(words: readonly string[]): Promise<Report> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    child.once('exit', (status) => {
      if (status === 0) resolve(JSON.parse(text) as Report);
      else reject(new Error(`a writer ended with status ${status}`));
    });
  });
}

export function raceSuite(engine: Engine, scratch: Scratch): void {
  it('lets eight writers store the same objects at once', async () => {
    const [source, work] = [scratch.fresh('source'), scratch.fresh('work')];
    writeTree(source, dir(Object.fromEntries(Array.from({ length: 64 }, (_, index) => [`file-${index}`, file(noise(index * 997))]))));
    mkdirSync(work);
    const store = makeStore(join(work, 'repo'), 'archive');
    const writer = await bundleWriter(work);
    const start = String(Date.now() + HEAD_START_MS);
    const reports = await Promise.all(Array.from({ length: WRITERS }, () => runWriter([writer, engine.name, DIST, source, store.path, start])));
    for (const { failures, checksums } of reports) {
      expect(failures).toEqual([]);
      expect(checksums).toBe(reports[0]?.checksums);
    }
    expect(reports.reduce((sum, { stored }) => sum + stored, 0)).toBe(64);
    expect(readdirSync(join(store.path, 'tmp'))).toEqual([]);
    const checksums = Buffer.from(reports[0]?.checksums ?? '', 'hex');
    const verified = engine.verify({ source: store.target, checksums, types: new Uint8Array(64).fill(1) });
    expect(new Set(verified.outcomes)).toEqual(new Set([0]));
  });

  it('lets two transactions publish the same objects one after the other', () => {
    const store = makeStore(scratch.fresh('store'), 'archive', { visible: false });
    const name = `${'cd'.repeat(32)}.dirtree`;
    for (const staging of ['staging', 'other']) {
      const target = { ...store.target, destination: join(store.path, staging), objects: [join(store.path, 'nowhere')] };
      for (const path of [target.destination, ...target.objects]) mkdirSync(path, { recursive: true });
      expect(engine.store({ target, names: packNames([name]), bytes: Buffer.from('x'), ends: Uint32Array.of(1) }).failures).toEqual([]);
    }
    publishAll(engine, store);
    const again = engine.publish({ staging: join(store.path, 'other'), objects: join(store.path, 'objects'), prefixes: packNames(['cd']), sync: true });
    expect(again.failures).toEqual([]);
    expect(readdirSync(join(store.path, 'objects', 'cd'))).toEqual([`${'cd'.repeat(31)}.dirtree`]);
  });
}
