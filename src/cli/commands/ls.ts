import { CoppiceError } from '../../base/errors.ts';
import { DetailsReader, findInTree, listTree, loadCommit, rootOf } from '../../ops/read/index.ts';
import type { DirectoryNode, ListDepth, PathNode } from '../../ops/read/index.ts';
import { readDirmetaObject, readDirtreeObject } from '../../repo/object-reader.ts';
import type { Repo } from '../../repo/repo.ts';
import { resolveRev } from '../../repo/resolve-rev.ts';
import type { Invocation, ParsedOptions } from '../command.ts';
import { withReadRepo } from '../read-repository.ts';
import type { ReadNeed } from '../read-repository.ts';
import { JsonList } from '../ui/json-list.ts';
import { nodeJson, nodeLine } from '../ui/node-line.ts';
import { usageError } from '../usage-error.ts';

export async function run(invocation: Invocation): Promise<number> {
  const [rev, ...paths] = invocation.args;
  if (rev === undefined) throw usageError('An COMMIT argument is required');
  const { options } = invocation;
  return withReadRepo(invocation, () => needOf(options), async (repo, rest) => {
    const root = readRoot(repo, rev);
    const printer = createPrinter(invocation, repo);
    for (const path of paths.length === 0 ? ['/'] : paths) {
      for (const node of listPath(repo, { root, path, depth: depthOf(options) }, printer)) {
        printer.print(node);
        await rest();
      }
    }
    printer.end();
  });
}

/** The root is read here already: when one of its objects is missing, no path is to blame. */
function readRoot(repo: Repo, rev: string): DirectoryNode {
  const root = rootOf(loadCommit(repo, resolveRev(repo, rev)).commit);
  readDirtreeObject(repo, root.tree);
  readDirmetaObject(repo, root.meta);
  return root;
}

function needOf(options: ParsedOptions): ReadNeed {
  if (options.flag('nul-filenames-only')) return 'metadata';
  return options.flag('xattrs') ? 'xattrs' : 'content';
}

function depthOf(options: ParsedOptions): ListDepth {
  if (options.flag('recursive')) return 'all';
  return options.flag('dironly') ? 'self' : 'children';
}

interface Listing {
  readonly root: DirectoryNode;
  readonly path: string;
  readonly depth: ListDepth;
}

/** Prints one node; `end` closes what JSON has open. */
interface Printer {
  print(node: PathNode): void;
  end(): void;
}

/** Prints the node at the path; what lies below it comes back to be printed. */
function listPath(repo: Repo, { root, path, depth }: Listing, printer: Printer): Iterable<PathNode> {
  const node = blaming(path, () => {
    const found = findInTree(repo, root, path);
    printer.print(found);
    return found;
  });
  const nodes = listTree(repo, node, depth);
  nodes.next(); // the node itself
  return nodes;
}

/** A path that cannot be found or described is named in the error. */
function blaming<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof CoppiceError)) throw error;
    throw new CoppiceError(error.code, `Inspecting path '${path}': ${error.message}`, { facts: error.facts, cause: error });
  }
}

function createPrinter({ options, settings, out }: Invocation, repo: Repo): Printer {
  if (options.flag('nul-filenames-only')) return { print: ({ path }) => out(`${path}\0`), end: () => undefined };
  const wanted = { checksums: options.flag('checksum'), xattrs: options.flag('xattrs') };
  const details = new DetailsReader(repo, { needXattrs: wanted.xattrs });
  if (!settings.json) return { print: (node) => out(nodeLine(node, details.read(node), wanted)), end: () => undefined };
  const list = new JsonList(out);
  return { print: (node) => list.add(nodeJson(node, details.read(node), wanted)), end: () => list.end() };
}
