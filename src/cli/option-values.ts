import { CoppiceError } from '../base/errors.ts';
import type { OptionKind, OptionSpec, ParsedOptions } from './command.ts';
import { parseInteger } from './parse-integer.ts';

interface GivenOption {
  readonly long: string;
  readonly value: string | undefined;
}

/** The options of one line, in the order given; single-valued ones answer with the last. */
export class OptionValues implements ParsedOptions {
  readonly ordered: GivenOption[] = [];
  readonly #specs: readonly OptionSpec[];

  constructor(specs: readonly OptionSpec[]) {
    this.#specs = specs;
  }

  add(spec: OptionSpec, value: string | undefined): void {
    this.ordered.push({ long: spec.long, value });
  }

  flag(long: string): boolean {
    return this.#given(long, ['flag', 'optional-string']).length > 0;
  }

  string(long: string): string | undefined {
    return this.#given(long, ['string', 'optional-string', 'integer']).at(-1)?.value;
  }

  strings(long: string): readonly string[] {
    return this.#given(long, ['strings']).map((option) => option.value ?? '');
  }

  integer(long: string): number | undefined {
    const value = this.#given(long, ['integer']).at(-1)?.value;
    return value === undefined ? undefined : parseInteger(value, `--${long}`);
  }

  #given(long: string, kinds: readonly OptionKind[]): GivenOption[] {
    const spec = this.#specs.find((option) => option.long === long);
    if (spec === undefined) throw new CoppiceError('INTERNAL', `the verb declares no option "--${long}"`);
    if (!kinds.includes(spec.kind)) throw new CoppiceError('INTERNAL', `option "--${long}" is a ${spec.kind}`);
    return this.ordered.filter((option) => option.long === long);
  }
}
