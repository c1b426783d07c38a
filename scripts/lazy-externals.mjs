// What a run of a program may not need is loaded when it is first used: node takes half a millisecond to two for each of these.
const LAZY = ['fflate', 'node:child_process', 'node:crypto', 'node:fs/promises', 'node:stream', 'node:tty', 'node:v8', 'node:zlib'];

/** As rolldown writes an external module into CommonJS: a variable, and after it perhaps what makes a namespace of it. */
const REQUIRED = /^let (?<name>\w+) = require\("(?<module>[^"]+)"\);\n(?:\k<name> = (?<wrap>__toESM\(\k<name>(?:, 1)?\));\n)?/gm;

/** Has each use of the variable call the function of its name; `new f().X()` would make an object of the function. */
function callInstead(code, name) {
  const made = code.replaceAll(new RegExp(`\\bnew ${name}\\.(\\w+)`, 'g'), `new ($$${name}().$1)`);
  return made.replaceAll(new RegExp(`(?<![$\\w."])${name}\\b(?!")`, 'g'), `$$${name}()`);
}

/** A plugin of rolldown: the variable of such a module becomes a function that loads it. */
export const lazyExternals = {
  name: 'lazy-externals',
  renderChunk(code) {
    const names = [];
    const declared = code.replaceAll(REQUIRED, (all, name, module, wrap) => {
      if (!LAZY.includes(module)) return all;
      names.push(name);
      const loaded = (wrap ?? name).replace(name, `require("${module}")`);
      return `let $loaded_${name};\nfunction $${name}() { return $loaded_${name} ??= ${loaded}; }\n`;
    });
    return names.reduce(callInstead, declared);
  },
};
