import type { ProgramResult } from './run-program.ts';
import type { Contender } from './contender.ts';
import type { LoadedCorpus } from '../corpus/load-corpus.ts';

/** What an operation may use while it is on. */
export interface Stage {
  /** An empty directory on the file system under test; removed afterwards. */
  readonly room: string;
  readonly corpus: LoadedCorpus;
  readonly contenders: readonly Contender[];
}

/** One contender's part in an operation. Everything but the run itself is untimed. */
export interface Lane {
  readonly contender: Contender;
  /** Makes the place ready for a run. */
  before(): Promise<void>;
  argv(): readonly string[];
  /**
   * Clears up after a run that exited 0 and returns its answer, which has to equal the other lanes' in this round
   * (undefined: nothing to compare). With `thorough` it checks everything that it can, in the first round.
   */
  after(run: ProgramResult, thorough: boolean): Promise<string | undefined>;
  /** Bytes that the thorough round left in the repository. */
  outputBytes?(): number;
}

export interface Bout {
  readonly lanes: readonly Lane[];
  /** Changes what all lanes work on. Round 0 is the thorough one and is not counted. */
  beginRound?(round: number): Promise<void>;
}

/** One row of the table: a verb in a setting, run by every contender that can. */
export interface Operation {
  /** `verb:setting` */
  readonly name: string;
  readonly title: string;
  /** Makes repositories and lists that the rounds share. */
  open(stage: Stage): Promise<Bout>;
}
