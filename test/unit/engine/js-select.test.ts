import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { selectEngine } from '../../../src/engine/select-engine.ts';
import { Scratch } from '../../support/scratch.ts';

const DIST = fileURLToPath(new URL('../../../dist', import.meta.url));

describe('the choice of an engine', () => {
  const scratch = new Scratch('select');
  const missing = expect.objectContaining({ code: 'CAPABILITY_MISSING', hint: expect.any(String) });

  function assets(...files: readonly string[]): string {
    const directory = scratch.fresh('assets');
    mkdirSync(join(directory, 'wasm'), { recursive: true });
    for (const file of files) copyFileSync(join(DIST, file), join(directory, file));
    return directory;
  }

  it('falls back to js and says why', () => {
    const { engine, reason } = selectEngine({ choice: 'auto', assetDirectory: assets() });
    expect(engine.name).toBe('js');
    expect(reason).toMatch(/^the native addon is not built; the wasm engine cannot be loaded: /);
  });

  it('takes wasm where only its files are', () => {
    const assetDirectory = assets('wasm/coppice-simd.wasm', 'wasm/coppice-scalar.wasm', 'wasm/blake3.wasm');
    const { engine, reason } = selectEngine({ choice: 'auto', assetDirectory });
    expect(engine.name).toBe('wasm');
    expect(reason).toBe('the native addon is not built');
    expect(selectEngine({ choice: 'wasm', assetDirectory }).engine.name).toBe('wasm');
  });

  it('refuses an engine by name that cannot be loaded', () => {
    const assetDirectory = assets();
    expect(() => selectEngine({ choice: 'native', assetDirectory })).toThrowError(missing);
    expect(() => selectEngine({ choice: 'wasm', assetDirectory })).toThrowError(missing);
    expect(selectEngine({ choice: 'js', assetDirectory })).toMatchObject({ engine: { name: 'js' }, reason: 'asked for by name' });
  });

  it('takes a broken file for a missing one', () => {
    const assetDirectory = assets();
    for (const name of ['coppice-simd.wasm', 'coppice-scalar.wasm']) writeFileSync(join(assetDirectory, 'wasm', name), 'no module');
    expect(() => selectEngine({ choice: 'wasm', assetDirectory })).toThrowError(missing);
  });
});
