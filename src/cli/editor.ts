/** Asks the person for a commit message, in the editor that the environment names. */
import { randomBytes } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { CoppiceError, errnoOf, errnoWords } from '../base/errors.ts';
import type { Environment } from './command.ts';
import { readOptionFile } from './line-file.ts';
import { badUsage } from './usage-error.ts';

export interface CommitMessage {
  readonly subject: string;
  readonly body: string;
}

/** Resolves to what was written, without lines that begin with `#`; throws USAGE when that is nothing. */
export function editMessage(
  env: Environment,
  template: { readonly branch: string | undefined; readonly subject: string | undefined },
): CommitMessage {
  const message = parseMessage(editText(env, templateText(template)));
  if (message.subject === '') throw badUsage('Aborting commit due to empty commit subject.');
  return message;
}

function templateText({ branch, subject }: { readonly branch: string | undefined; readonly subject: string | undefined }): string {
  return [
    '',
    '# Please enter the commit message for your changes. The first line will',
    '# become the subject, and the remainder the body. Lines starting',
    "# with '#' will be ignored, and an empty message aborts the commit.",
    ...(branch === undefined ? [] : ['#', `# Branch: ${branch}`]),
    ...(subject === undefined ? [] : [subject]),
    '',
  ].join('\n');
}

/** The first line that says something is the subject; blank lines behind it and at the end do not count. */
export function parseMessage(text: string): CommitMessage {
  const lines = text.split('\n').filter((line) => !line.startsWith('#')).map((line) => line.trimEnd());
  const first = lines.findIndex((line) => line !== '');
  if (first < 0) return { subject: '', body: '' };
  const rest = lines.slice(first + 1);
  const begin = rest.findIndex((line) => line !== '');
  const end = rest.findLastIndex((line) => line !== '');
  return { subject: lines[first] ?? '', body: begin < 0 ? '' : rest.slice(begin, end + 1).join('\n') };
}

function editText({ editor, temporaryDirectory }: Environment, text: string): string {
  if (editor === undefined) throw badUsage('Terminal is dumb, but EDITOR unset');
  const path = join(temporaryDirectory, `.${randomBytes(6).toString('hex')}`);
  writeNew(path, text);
  try {
    runEditor(editor, path);
    return readOptionFile(path);
  } finally {
    rmSync(path, { force: true });
  }
}

function writeNew(path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    throw new CoppiceError('SYSTEM', `Failed to create file “${path}”: ${errnoWords(errno)}`, { facts: { path, errno }, cause: error });
  }
}

/** The editor is a shell command: it may have arguments. It has the terminal until it ends. */
function runEditor(editor: string, path: string): void {
  const quoted = `'${path.replaceAll("'", String.raw`'\''`)}'`;
  const { status, signal } = spawnSync('/bin/sh', ['-c', `${editor} ${quoted}`], { stdio: 'inherit' });
  if (status === 0) return;
  const reason = signal === null ? `exited with code ${status ?? 1}` : `killed by signal ${constants.signals[signal]}`;
  throw badUsage(`There was a problem with the editor '${editor}'Child process ${reason}`);
}
