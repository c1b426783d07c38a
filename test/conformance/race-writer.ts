/** One of the processes that store the same tree at the same time: argv names the engine, its files, the tree and the store. */
import { selectEngine } from '../../src/engine/select-engine.ts';
import type { EngineName } from '../../src/engine/engine.ts';
import { packNames } from '../../src/base/name-list.ts';

const [name = 'js', assetDirectory = '', source = '', repo = '', startMs = '0'] = process.argv.slice(2);
const { engine } = selectEngine({ choice: name as EngineName, assetDirectory });
const names = Array.from({ length: 64 }, (_, index) => `file-${index}`);
while (Date.now() < Number(startMs)); // all at once

const result = engine.ingest({
  root: source,
  directories: packNames(['']),
  directoryIndex: new Uint32Array(names.length),
  names: packNames(names),
  attributes: Uint32Array.from(names.flatMap(() => [0, 0, 0o100644])),
  sizes: new Float64Array(names.length),
  xattrs: 'none',
  action: 'store',
  consume: false,
  target: {
    mode: 'archive',
    algorithm: 'sha256',
    objects: [`${repo}/objects`],
    destination: `${repo}/objects`,
    visible: true,
    tmp: `${repo}/tmp`,
    zlibLevel: 6,
    syncEach: false,
  },
});
const stored = [...result.outcomes].filter((outcome) => outcome === 0).length;
process.stdout.write(JSON.stringify({ stored, failures: result.failures, checksums: Buffer.from(result.checksums).toString('hex') }));
