import { existsSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { didYouMean } from './suggestions.ts';

/** Reads the value of a flag from its text. */
export interface ArgumentParser<T> {
  /** @throws InvalidArgumentError that says what was expected */
  (text: string): T;
  /** Schema of the same value in a file that a run has written. */
  readonly schema: z.ZodType<T>;
}

/** A parser whose values, out of `read`, are those of `schema`; its error begins what is said. */
function argumentParser<T>(
  schema: z.ZodType<T>,
  read: (text: string) => unknown,
  suggestion: (text: string) => string = () => '',
): ArgumentParser<T> {
  const parse = (text: string): T => {
    const { data, error } = schema.safeParse(read(text));
    if (!error) return data;
    throw new InvalidArgumentError(error.issues[0]!.message + suggestion(text));
  };
  return Object.assign(parse, { schema });
}

/** Parses a number that `accepts`; the error says what was expected. */
function numberParser(expected: string, accepts: (value: number) => boolean) {
  const message = `Expected ${expected}.`;
  return argumentParser(z.number(message).refine(accepts, message), (text) =>
    text.trim() === '' ? NaN : Number(text),
  );
}

export const positiveNumber = numberParser('a positive number', (value) => value > 0);
export const nonNegativeNumber = numberParser('a number of at least 0', (value) => value >= 0);
export const fraction = numberParser('a number from 0 to 1', (value) => value >= 0 && value <= 1);
export const openFraction = numberParser(
  'a number between 0 and 1, both excluded',
  (value) => value > 0 && value < 1,
);
export const rate = numberParser(
  'a number above 0 and up to 1',
  (value) => value > 0 && value <= 1,
);
export const momentum = numberParser(
  'a number from 0 to below 1',
  (value) => value >= 0 && value < 1,
);
export const count = numberParser(
  'a whole number of at least 1',
  (value) => Number.isSafeInteger(value) && value >= 1,
);
export const seed = numberParser(
  'a whole number from 0 to 2^53 - 1',
  (value) => Number.isSafeInteger(value) && value >= 0,
);

export const wholeNumber = numberParser(
  'a whole number of at least 0',
  (value) => Number.isSafeInteger(value) && value >= 0,
);

/** Any text. */
export const text = argumentParser(z.string('Expected a text.'), (text) => text);

/** A text that `parser` can read; its value is the text itself. */
export function textFor(parser: (text: string) => unknown): ArgumentParser<string> {
  const schema = text.schema.check(({ value, issues }) => {
    try {
      parser(value);
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error;
      issues.push({ code: 'custom', message: error.message, input: value });
    }
  });
  return argumentParser(schema, (text) => text);
}

/** The numbers between commas; the error says that all have to be positive. */
export function positiveNumbers(text: string): number[] {
  return text.split(',').map((part) => positiveNumber(part));
}

/** One of a list of names. */
export function oneOf<T extends string>(names: readonly T[]): ArgumentParser<T> {
  return argumentParser(
    z.enum(names, `Expected one of ${names.join(', ')}.`),
    (text) => text,
    (text) => didYouMean(text, names),
  );
}

/** One of a list of names, or the path of an ES module. */
export function nameOrModule(names: readonly string[]): ArgumentParser<string> {
  const message = `Expected one of ${names.join(', ')}, or the path of a .js, .mjs or .ts file.`;
  const isKnown = (text: string) => names.includes(text) || /\.(js|mjs|ts|mts)$/.test(text);
  return argumentParser(
    z.string(message).refine(isKnown, message),
    (text) => text,
    (text) => didYouMean(text, names),
  );
}

/** One of a list of names, or the path of a `model.json` or its folder. */
export function nameOrModel(names: readonly string[]): ArgumentParser<string> {
  return nameOrPath(
    names,
    `Expected one of ${names.join(', ')}, or the path of a model.json or its folder.`,
  );
}

/** One of a list of names, or the path of a file or folder of data. */
export function nameOrData(names: readonly string[]): ArgumentParser<string> {
  return nameOrPath(
    names,
    `There is no such file or folder. Expected one of ${names.join(', ')}, or a path.`,
  );
}

/** A path leads to something when it is given; in the file of a run it may have moved since. */
function nameOrPath(names: readonly string[], message: string): ArgumentParser<string> {
  const parse = (given: string): string => {
    if (names.includes(given) || existsSync(given)) return given;
    throw new InvalidArgumentError(message + didYouMean(given, names));
  };
  return Object.assign(parse, { schema: text.schema });
}
