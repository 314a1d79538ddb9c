import { existsSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import { didYouMean } from './suggestions.ts';

/** Parses a number that `accepts`; the error says what was expected. */
function numberParser(expected: string, accepts: (value: number) => boolean) {
  return (text: string): number => {
    const value = text.trim() === '' ? NaN : Number(text);
    if (!accepts(value)) throw new InvalidArgumentError(`Expected ${expected}.`);
    return value;
  };
}

export const positiveNumber = numberParser(
  'a positive number',
  (value) => value > 0 && value < Infinity,
);
export const nonNegativeNumber = numberParser(
  'a number of at least 0',
  (value) => value >= 0 && value < Infinity,
);
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
export const text = (value: string): string => value;

/** One of a list of names, or the path of an ES module. */
export function nameOrModule(names: readonly string[]) {
  return (text: string): string => {
    if (names.includes(text) || /\.(js|mjs|ts|mts)$/.test(text)) return text;
    throw new InvalidArgumentError(
      `Expected one of ${names.join(', ')}, or the path of a .js, .mjs or .ts file.` +
        didYouMean(text, names),
    );
  };
}

/** One of a list of names, or the path of a `model.json` or a folder. */
export function nameOrModel(names: readonly string[]) {
  return (text: string): string => {
    if (names.includes(text) || existsSync(text)) return text;
    throw new InvalidArgumentError(
      `Expected one of ${names.join(', ')}, or the path of a model.json or its folder.` +
        didYouMean(text, names),
    );
  };
}

/** One of a list of names. */
export function oneOf(names: readonly string[]) {
  return (text: string): string => {
    if (names.includes(text)) return text;
    throw new InvalidArgumentError(
      `Expected one of ${names.join(', ')}.${didYouMean(text, names)}`,
    );
  };
}
