import { readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { parseSync } from 'rolldown/utils';
import { runWords } from './program.ts';

const PROJECT = resolve(import.meta.dirname, '../..');

/** Exported so that programs can pass it on, not call it: what its own signature mentions is no promise. */
const OPAQUE: ReadonlySet<string> = new Set(['Engine']);

/** Where a name comes from: another module and its name there. */
interface Origin {
  readonly path: string;
  readonly name: string;
}

interface Declaration {
  readonly kind: string;
  /** The text without comments. */
  readonly text: string;
  /** Every identifier in it. */
  readonly mentions: ReadonlySet<string>;
}

/** What one declaration file declares, imports and passes on. */
interface DeclarationModule {
  readonly declared: ReadonlyMap<string, Declaration>;
  readonly imported: ReadonlyMap<string, Origin>;
  /** By exported name; the name in this module where it has one. */
  readonly exported: ReadonlyMap<string, Origin | string>;
}

/** Emits the type declarations of `src/` into the folder, as the build does into dist. */
export function emitDeclarations(folder: string): void {
  const tsc = join(PROJECT, 'node_modules/typescript/bin/tsc');
  const { status, stdout } = runWords([process.execPath, tsc, '-p', join(PROJECT, 'tsconfig.types.json'), '--outDir', folder]);
  if (status !== 0) throw new Error(`tsc: ${stdout}`);
}

/**
 * The public surface that a declaration file begins: every exported name with its kind and its signature, and then everything of
 * ours that these signatures mention, in one text in alphabetical order.
 */
export function publicSurface(entry: string): string {
  const surface = new Surface(dirname(entry));
  const names = [...surface.module(entry).exported.keys()].toSorted();
  const exported = names.map((name) => surface.find({ path: entry, name }));
  const mentioned = surface.closure(exported);
  const line = ({ declaration }: Found): string => `${declaration.kind} ${declaration.text}\n`;
  const others = mentioned.map((found) => `// ${found.module}\n${line(found)}`).toSorted();
  return `# Exported\n\n${exported.map(line).join('\n')}\n# Mentioned\n\n${others.join('\n')}`;
}

interface Found extends Origin {
  readonly module: string;
  readonly declaration: Declaration;
}

class Surface {
  readonly #root: string;
  readonly #modules = new Map<string, DeclarationModule>();

  constructor(root: string) {
    this.#root = root;
  }

  module(path: string): DeclarationModule {
    const known = this.#modules.get(path);
    if (known !== undefined) return known;
    const module = readModule(path);
    this.#modules.set(path, module);
    return module;
  }

  /** The declaration behind a name, through all modules that only pass it on. */
  find({ path, name }: Origin): Found {
    const { exported, declared } = this.module(path);
    const target = exported.get(name) ?? name;
    if (typeof target !== 'string') return this.find(target);
    const declaration = declared.get(target);
    const imported = this.module(path).imported.get(target);
    if (declaration !== undefined) return { path, name: target, declaration, module: relative(this.#root, path).replace(/\.d\.ts$/, '.ts') };
    if (imported !== undefined) return this.find(imported);
    throw new Error(`${path} has no declaration of "${name}"`);
  }

  /** What the declarations mention, and what that mentions, without themselves. */
  closure(roots: readonly Found[]): Found[] {
    const keyOf = ({ path, name }: Origin): string => `${path} ${name}`;
    const seen = new Set(roots.map(keyOf));
    const all: Found[] = [];
    const waiting = [...roots];
    for (let found = waiting.pop(); found !== undefined; found = waiting.pop()) {
      const fresh = this.#mentions(found).filter((other) => !seen.has(keyOf(other)));
      for (const other of fresh) seen.add(keyOf(other));
      all.push(...fresh);
      waiting.push(...fresh);
    }
    return all;
  }

  #mentions({ path, name: owner, declaration }: Found): Found[] {
    if (OPAQUE.has(owner)) return [];
    const { declared, imported } = this.module(path);
    return [...declaration.mentions].flatMap((name) => {
      const origin = imported.get(name);
      if (origin !== undefined) return [this.find(origin)];
      return declared.has(name) ? [this.find({ path, name })] : [];
    });
  }
}

type Program = ReturnType<typeof parseSync>['program'];
type Statement = Program['body'][number];

function readModule(path: string): DeclarationModule {
  const text = readFileSync(path, 'utf8');
  const { program, module, comments } = parseSync(path, text);
  const target = (request: string): string => resolve(dirname(path), request.replace(/\.ts$/, '.d.ts'));
  const imports = module.staticImports.filter(({ moduleRequest }) => moduleRequest.value.startsWith('.'));
  return {
    declared: merged(program.body.flatMap((statement) => declarationsOf(statement, text, comments))),
    imported: new Map(
      imports.flatMap(({ moduleRequest, entries }) =>
        entries.map(({ localName, importName }): [string, Origin] => [
          localName.value,
          { path: target(moduleRequest.value), name: importName.name ?? localName.value },
        ]),
      ),
    ),
    exported: new Map(
      module.staticExports.flatMap(({ entries }) =>
        entries.map(({ exportName, importName, localName, moduleRequest }): [string, Origin | string] => {
          const name = exportName.name ?? '';
          if (moduleRequest === null) return [name, localName.name ?? name];
          return [name, { path: target(moduleRequest.value), name: importName.name ?? name }];
        }),
      ),
    ),
  };
}

/** Overloads of one function stand one below the other. */
function merged(declarations: readonly (readonly [string, Declaration])[]): Map<string, Declaration> {
  const all = new Map<string, Declaration>();
  for (const [name, { kind, text, mentions }] of declarations) {
    const before = all.get(name);
    const joined = before === undefined ? text : `${before.text}\n${kind} ${text}`;
    all.set(name, { kind, text: joined, mentions: new Set([...(before?.mentions ?? []), ...mentions]) });
  }
  return all;
}

const KINDS: Readonly<Record<string, string>> = {
  ClassDeclaration: 'class',
  FunctionDeclaration: 'function',
  TSDeclareFunction: 'function',
  TSInterfaceDeclaration: 'interface',
  TSTypeAliasDeclaration: 'type',
  VariableDeclaration: 'value',
};

type Spans = readonly { readonly start: number; readonly end: number }[];

function declarationsOf(statement: Statement, text: string, comments: Spans): [string, Declaration][] {
  const node = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
  if (node === null) return [];
  const kind = KINDS[node.type];
  const names = namesOf(node);
  if (kind === undefined || names.length === 0) return [];
  const own = withoutComments(text, node, comments).replace(/^(?:declare )?(?:function|class|interface|type|const) /, '');
  return names.map((name): [string, Declaration] => [name, { kind, text: own, mentions: identifiersOf(own) }]);
}

function namesOf(node: { readonly type: string; readonly id?: unknown; readonly declarations?: unknown }): string[] {
  const declarators: readonly unknown[] = Array.isArray(node.declarations) ? node.declarations : [node];
  return declarators.flatMap((declarator) => {
    const id = propertyOf(declarator, 'id');
    const name = propertyOf(id, 'name');
    return typeof name === 'string' ? [name] : [];
  });
}

function propertyOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

function withoutComments(text: string, { start, end }: Spans[number], comments: Spans): string {
  const inside = comments.filter((comment) => comment.start >= start && comment.end <= end);
  const pieces = [...inside, { start: end, end }].map((comment, index) => text.slice(inside[index - 1]?.end ?? start, comment.start));
  return pieces.join('').replaceAll(/^\s*\n/gm, '').trim();
}

function identifiersOf(text: string): Set<string> {
  return new Set(text.replaceAll(/'[^']*'/g, '').match(/[A-Za-z_$][\w$]*/g) ?? []);
}
