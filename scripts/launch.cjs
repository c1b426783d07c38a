#!/usr/bin/env node
// Starts a bundle with the code that V8 compiled of it when it was built (scripts/compile-bundle.cjs), which takes a third
// of the time that compiling takes. The build copies this file to dist/ under each program's name.
'use strict';
const { readFileSync } = require('node:fs');
const { basename, join } = require('node:path');
const { Script } = require('node:vm');

/** Each version of node has code of its own: what another one wrote, V8 would refuse. */
const codeFile = (directory, name) => join(directory, `${name}.${process.version}-${process.arch}.code`);

/** Undefined where none fits: V8 compiles as it goes then. */
function compiledCode(directory, name) {
  try {
    return readFileSync(codeFile(directory, name));
  } catch {
    return undefined;
  }
}

/** What `NAME.bundle.js` exports, and its script. The bundle is ASCII: node reads that fastest as latin1. */
function load(directory, name) {
  const filename = join(directory, `${name}.bundle.js`);
  const source = `(function (exports, require, module, __filename, __dirname) {${readFileSync(filename, 'latin1')}\n})`;
  const script = new Script(source, { filename, cachedData: compiledCode(directory, name) });
  const bundle = { exports: {} };
  script.runInThisContext()(bundle.exports, require, bundle, filename, directory);
  return { script, exported: bundle.exports };
}

if (basename(__filename) === 'launch.cjs') module.exports = { codeFile, load };
else module.exports = load(__dirname, basename(__filename, '.js')).exported;
if (require.main === module) void module.exports.main();
