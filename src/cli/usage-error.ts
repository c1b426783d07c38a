import { CoppiceError } from '../base/errors.ts';

/** The caller asked for something impossible: told on one line. */
export function badUsage(message: string, hint?: string): CoppiceError {
  return new CoppiceError('USAGE', message, hint === undefined ? {} : { hint });
}

/** As `badUsage`, with the usage of the command in front of the message. */
export function usageError(message: string): CoppiceError {
  return new CoppiceError('USAGE', message, { facts: { showUsage: true } });
}

export function wantsUsage(error: CoppiceError): boolean {
  return error.facts['showUsage'] === true;
}

/** What is said of a word that is no command; `group` is empty for the program itself. */
export function unknownWords(group: string, word: string): string {
  return group === '' ? `Unknown command '${word}'` : `Unknown "${group}" subcommand '${word}'`;
}
