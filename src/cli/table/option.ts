import type { OptionKind, OptionSpec, ValueKind } from '../command.ts';
import { kindOfPlaceholder } from './value-kind.ts';

const DECLARATION = /^(?:-(?<short>\S), )?--(?<long>[a-z0-9-]+)(?:=(?<value>.+))?$/;

/** Reads an option as `--help` prints it: `-b, --branch=BRANCH`. */
function declare(kind: OptionKind, declaration: string, help: string): OptionSpec {
  const { long, short, value } = DECLARATION.exec(declaration)?.groups ?? {};
  if (long === undefined) throw new TypeError(`not an option declaration: ${declaration}`);
  return {
    long,
    kind,
    help,
    ...(short === undefined ? {} : { short }),
    ...(value === undefined ? {} : { value, takes: kindOfPlaceholder(value) }),
  };
}

/** Present or absent. */
export const flag = (declaration: string, help: string): OptionSpec => declare('flag', declaration, help);
/** One value; the last one given wins. */
export const text = (declaration: string, help: string): OptionSpec => declare('string', declaration, help);
/** Any number of values, kept in order. */
export const list = (declaration: string, help: string): OptionSpec => declare('strings', declaration, help);
/** A C `int`; the last one given wins. */
export const integer = (declaration: string, help: string): OptionSpec => declare('integer', declaration, help);
/** Accepts the option without telling about it in `--help`. */
export const hidden = (option: OptionSpec): OptionSpec => ({ ...option, hidden: true });
/** Marks an option that ostree does not have. */
export const ours = (option: OptionSpec): OptionSpec => ({ ...option, ours: true });
/** Says what the value names where the placeholder does not. */
export const taking = (takes: ValueKind, option: OptionSpec): OptionSpec => ({ ...option, takes });
/** Marks an option that is refused because it is not built yet. */
export const notYet = (option: OptionSpec): OptionSpec => ({ ...option, notYet: true });
