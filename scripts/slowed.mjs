// A coppice that is slower on purpose, to see that the bench guard catches it:
//   npm run bench -- --coppice="node scripts/slowed.mjs 20 dist/cli.js" --compare=base.json
// Runs the program in this process; when it ends, burns as many percent of the time that it took, start of node included.
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [, , percent, program, ...words] = process.argv;
const share = Number(percent) / 100;
if (!(share > 0) || program === undefined) {
  console.error('usage: node scripts/slowed.mjs PERCENT PROGRAM.js [WORD…]');
  process.exit(2);
}

process.on('exit', () => {
  const until = performance.now() * (1 + share); // performance.now() counts from the start of the process
  while (performance.now() < until);
});
process.argv = [process.argv[0], resolve(program), ...words];
await import(pathToFileURL(resolve(program)).href);
