import { createRequire } from 'node:module';
import { compileFunction } from 'node:vm';
import { describe, expect, it } from 'vitest';

interface Plugin {
  readonly lazyExternals: { readonly renderChunk: (code: string) => string };
}

/** Runs a chunk as CommonJS; tells what it exports and which modules it has asked for by then. */
async function runChunk(code: string): Promise<{ readonly value: unknown; readonly asked: readonly string[] }> {
  const { lazyExternals } = (await import(new URL('../../../scripts/lazy-externals.mjs', import.meta.url).href)) as Plugin; // ours
  const asked: string[] = [];
  const load = createRequire(import.meta.url);
  const require = (name: string): unknown => {
    asked.push(name);
    return load(name);
  };
  const exports: { value?: unknown } = {};
  const run = compileFunction(lazyExternals.renderChunk(code), ['require', 'exports', '__toESM']);
  run(require, exports, (module: object) => ({ ...module }));
  return { value: exports.value, asked };
}

describe('modules that are loaded when they are first used', () => {
  it('are not asked for before', async () => {
    const code = 'let node_zlib = require("node:zlib");\nnode_zlib = __toESM(node_zlib, 1);\nlet node_fs = require("node:fs");\nexports.value = () => node_zlib.crc32;\n';
    expect(await runChunk(code)).toMatchObject({ asked: ['node:fs'] });
  });

  it.each([
    ['a function of it', 'node_crypto.createHash("sha256").digest("hex").slice(0, 8)', 'e3b0c442'],
    ['an object of a class of it', 'new node_stream.PassThrough() instanceof node_stream.Duplex', true],
    ['the whole', 'Object.keys(node_zlib).includes("inflateSync")', true],
    ['a string that names it', '["fflate", typeof fflate.inflateSync].join()', 'fflate,function'],
  ])('serve as %s', async (_, expression, value) => {
    const modules = { node_crypto: 'node:crypto', node_stream: 'node:stream', node_zlib: 'node:zlib', fflate: 'fflate' };
    const code = Object.entries(modules).map(([name, module]) => `let ${name} = require("${module}");\n`).join('');
    expect(await runChunk(`${code}exports.value = ${expression};\n`)).toMatchObject({ value });
  });
});
