import { mkdirSync, writeFileSync } from 'node:fs';
import { fromNodeError } from '../../base/errors.ts';
import { isGroup } from '../command-table.ts';
import type { CommandGroup } from '../command-table.ts';
import type { CommandSpec } from '../command.ts';
import { manualPage } from './manual-page.ts';
import { manualRoff, pageName } from './manual-roff.ts';

/** Writes the page of the command and of all below it into `man1` of a directory of manual pages; the directories are made. */
export function installPages(program: string, spec: CommandSpec | CommandGroup, directory: string): void {
  const section = `${directory}/man1`;
  naming(section, () => mkdirSync(section, { recursive: true }));
  for (const page of shownSpecs(spec).map((each) => manualPage(program, each))) {
    const path = `${section}/${pageName(page)}.1`;
    naming(path, () => writeFileSync(path, manualRoff(page)));
  }
}

function shownSpecs(spec: CommandSpec | CommandGroup): (CommandSpec | CommandGroup)[] {
  if (!isGroup(spec)) return [spec];
  return [spec, ...spec.members.filter(({ hidden }) => hidden !== true).flatMap((member) => shownSpecs(member.spec))];
}

function naming(path: string, work: () => unknown): void {
  try {
    work();
  } catch (error) {
    throw fromNodeError(error, path);
  }
}
