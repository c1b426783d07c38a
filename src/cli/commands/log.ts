import { historyOf } from '../../ops/read/index.ts';
import type { LoadedCommit } from '../../ops/read/index.ts';
import { resolveRev } from '../../repo/resolve-rev.ts';
import type { Invocation } from '../command.ts';
import { withReadRepo } from '../read-repository.ts';
import { commitJson } from '../ui/commit-json.ts';
import { commitText, rawCommitText } from '../ui/commit-text.ts';
import { JsonList } from '../ui/json-list.ts';
import { usageError } from '../usage-error.ts';

export async function run(invocation: Invocation): Promise<number> {
  const [rev] = invocation.args;
  if (rev === undefined) throw usageError('A rev argument is required');
  return withReadRepo(invocation, () => 'metadata', (repo) => {
    const history = historyOf(repo, resolveRev(repo, rev));
    if (invocation.settings.json) printJson(invocation, history);
    else printText(invocation, history);
  });
}

function printText({ options, out }: Invocation, history: ReturnType<typeof historyOf>): void {
  const raw = options.flag('raw');
  let next = history.next();
  for (; next.done !== true; next = history.next()) {
    out(`commit ${next.value.checksum}\n`);
    out(raw ? rawCommitText(next.value) : commitText(next.value));
  }
  if (next.value === 'truncated') out('<< History beyond this commit not fetched >>\n');
}

function printJson({ out }: Invocation, history: Iterable<LoadedCommit>): void {
  const list = new JsonList(out);
  for (const loaded of history) list.add(commitJson(loaded));
  list.end();
}
