type Schema = Readonly<Record<string, unknown>>;

/** A value, the schema that it is checked against, and where it stands. */
interface Subject {
  readonly schema: Schema;
  readonly value: unknown;
  readonly at: string;
}

const PLAIN_WORDS: Readonly<Record<string, (rule: unknown, value: unknown) => boolean>> = {
  description: () => true,
  type: (rule, value) => list(rule).some((type) => isOfType(type, value)),
  const: (rule, value) => value === rule,
  enum: (rule, value) => list(rule).includes(value),
  pattern: (rule, value) => typeof value !== 'string' || new RegExp(String(rule)).test(value),
  minimum: (rule, value) => typeof value !== 'number' || value >= Number(rule),
  required: (rule, value) => list(rule).every((name) => String(name) in record(value)),
};

/** What of a value a schema does not allow, each with its place; empty where it holds. Unknown fields are faults. */
export class JsonSchema {
  readonly #definitions: Schema;

  /** `document` is a JSON Schema whose definitions are the types to check against. */
  constructor(document: unknown) {
    this.#definitions = record(record(document)['$defs']);
  }

  get names(): string[] {
    return Object.keys(this.#definitions);
  }

  faults(name: string, value: unknown): string[] {
    return this.#check(this.#definition(name), value, name);
  }

  #definition(name: string): Schema {
    const definition = this.#definitions[name];
    if (definition === undefined) throw new Error(`the schema defines no "${name}"`);
    return record(definition);
  }

  #check(schema: Schema, value: unknown, at: string): string[] {
    const checks = Object.entries(schema).map(([word, rule]) => this.#checkWord(word, rule, { schema, value, at }));
    return checks.flat();
  }

  #checkWord(word: string, rule: unknown, subject: Subject): string[] {
    const holds = PLAIN_WORDS[word];
    if (holds !== undefined) return holds(rule, subject.value) ? [] : [`${subject.at}: ${JSON.stringify(subject.value)} is not ${word} ${JSON.stringify(rule)}`];
    const check = this.#words[word];
    if (check === undefined) throw new Error(`the schema has a word that the test does not know: "${word}"`);
    return check(rule, subject);
  }

  /** Words whose rules are schemas. */
  readonly #words: Readonly<Record<string, (rule: unknown, subject: Subject) => string[]>> = {
    $ref: (rule, { value, at }) => this.#check(this.#definition(String(rule).replace('#/$defs/', '')), value, at),
    properties: (rule, { schema, value, at }) => this.#checkProperties(record(rule), record(value), { at, rest: schema['additionalProperties'] ?? false }),
    additionalProperties: (rule, { schema, value, at }) =>
      schema['properties'] === undefined ? this.#checkProperties({}, record(value), { at, rest: rule }) : [],
    items: (rule, { value, at }) => (Array.isArray(value) ? value.flatMap((item, index) => this.#check(record(rule), item, `${at}[${index}]`)) : []),
    anyOf: (rule, { value, at }) => this.#checkAny(list(rule).map(record), value, at),
    oneOf: (rule, { value, at }) => this.#checkAny(list(rule).map(record), value, at),
  };

  #checkProperties(known: Schema, value: Schema, { at, rest }: { readonly at: string; readonly rest: unknown }): string[] {
    return Object.entries(value).flatMap(([name, own]) => {
      const schema = known[name] ?? rest;
      if (schema === true) return [];
      return schema === false ? [`${at}: the schema knows no "${name}"`] : this.#check(record(schema), own, `${at}.${name}`);
    });
  }

  /** The faults of the alternative that comes closest. */
  #checkAny(alternatives: readonly Schema[], value: unknown, at: string): string[] {
    const tried = alternatives.map((schema) => this.#check(schema, value, at));
    return tried.toSorted((a, b) => a.length - b.length)[0] ?? [];
  }
}

function isOfType(type: unknown, value: unknown): boolean {
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'array') return Array.isArray(value);
  if (type === 'null') return value === null;
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === type;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function record(value: unknown): Schema {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}
