import { InvalidArgumentError } from 'commander';
import { delimiters, type CsvOptions, type Delimiter } from '@dpquant/data';

/** Values of each column of `ward=A,B;sex=f,m`. */
export function parseCategories(text: string): Record<string, readonly string[]> {
  const example = 'ward=A,B;sex=f,m';
  const columns = parseColumns(text, example);
  for (const [name, values] of Object.entries(columns)) {
    if (new Set(values).size !== values.length) {
      throw new InvalidArgumentError(`Expected different values of ${name}, as ${example}.`);
    }
  }
  return columns;
}

/** Mean and deviation of each column of `age=40,10;income=3e4,1e4`. */
export function parseStandardization(
  text: string,
): Record<string, { mean: number; deviation: number }> {
  const example = 'age=40,10;income=3e4,1e4';
  return Object.fromEntries(
    Object.entries(parseColumns(text, example)).map(([name, values]) => {
      const [mean, deviation] = values.map((value) => (value === '' ? NaN : Number(value)));
      if (
        values.length !== 2 ||
        !Number.isFinite(mean) ||
        !(deviation! > 0 && deviation! < Infinity)
      ) {
        throw new InvalidArgumentError(
          `Expected a mean and a positive deviation of ${name}, as ${example}.`,
        );
      }
      return [name, { mean: mean!, deviation: deviation! }];
    }),
  );
}

function parseColumns(text: string, example: string): Record<string, string[]> {
  const columns = text.split(';').map((part): [string, string[]] => {
    const at = part.indexOf('=');
    const values = part
      .slice(at + 1)
      .split(',')
      .map((value) => value.trim());
    if (at < 1) {
      throw new InvalidArgumentError(`Expected columns with their values, as ${example}.`);
    }
    return [part.slice(0, at).trim(), values];
  });
  if (new Set(columns.map(([name]) => name)).size !== columns.length) {
    throw new InvalidArgumentError(`Expected each column once, as ${example}.`);
  }
  return Object.fromEntries(columns);
}

/** Rules of missing cells of `age=40;ward=A;*=indicator`, or one of all columns. */
export function parseMissing(text: string): NonNullable<CsvOptions['missing']> {
  if (isRuleOfAll(text)) return text;
  const example = "indicator, refuse, or rules of columns, as 'age=40;ward=A;*=indicator'";
  const rules = Object.entries(parseColumns(text, example)).map(([name, values]) => {
    const [rule] = values as [string];
    if (values.length !== 1 || rule === '' || (name === '*' && !isRuleOfAll(rule))) {
      throw new InvalidArgumentError(`Expected one rule of ${name}: ${example}.`);
    }
    const number = Number(rule);
    return [name, Number.isFinite(number) ? number : rule] as const;
  });
  return Object.fromEntries(rules);
}

const isRuleOfAll = (text: string) => text === 'indicator' || text === 'refuse';

/** A separator by its name, or as it is. */
export function parseDelimiter(text: string): Delimiter {
  const named = Object.entries(delimiters).find(([name, sign]) => text === name || text === sign);
  if (named) return named[1];
  throw new InvalidArgumentError(`Expected one of ${Object.keys(delimiters).join(', ')}.`);
}

/** One character, or '' for none. */
export function parseQuote(text: string): string {
  if (text === 'none') return '';
  if (text.length === 1) return text;
  throw new InvalidArgumentError('Expected one character, or none.');
}

/** Texts between commas, which may be empty. */
export const parseTexts = (text: string): string[] => text.split(',').map((part) => part.trim());

/** Texts by name of `image=pixels,age=years`; a name alone stands for itself. */
export function parseNamed(text: string, example: string): ReadonlyMap<string, string> {
  const pairs = parseTexts(text).map((part): [string, string] => {
    const at = part.indexOf('=');
    if (at === -1) return [part, part];
    return [part.slice(0, at).trim(), part.slice(at + 1).trim()];
  });
  const named = new Map(pairs);
  if (named.size === pairs.length && pairs.flat().every((name) => name !== '')) return named;
  throw new InvalidArgumentError(`Expected different names, as ${example}.`);
}
