import { unitName } from '../unitName.ts';

/**
 * The number that a cell has in decimal digits, with white space around it or not, and 1 and 0 of
 * the words true and false; NaN for all else, as an empty cell, hexadecimal digits and infinity.
 */
export function decimalNumber(cell: string, decimalComma = false): number {
  if (!decimalComma && decimal.test(cell)) return Number(cell);
  const text = cell.trim();
  if (truth.test(text)) return text.length === 4 ? 1 : 0;
  if (!decimalComma) return decimal.test(text) ? Number(text) : NaN;
  return withComma.test(text) ? Number(text.replace(',', '.')) : NaN;
}

const truth = /^(true|false)$/i;
const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const withComma = /^[+-]?(\d+,?\d*|,\d+)(e[+-]?\d+)?$/i;

/** Whether a cell seems to hold a date or a time, as 2024-05-31, 31.5.24, 5/31/2024 or 14:30. */
export function isDate(cell: string): boolean {
  return date.test(cell.trim());
}

const date =
  /^(\d{1,4}([-/.])\d{1,2}\2\d{1,4}([T ]+\d{1,2}:\d{2}.*)?|\d{1,2}:\d{2}(:\d{2}.*)?|(\d{1,2}[- .]+)?(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?[- ,.]+\d{1,4}([- ,]+\d{2,4})?)$/i;

/** Whether a cell has one of the texts, with white space around it or not. */
export function textFinder(texts: readonly string[]): (cell: string) => boolean {
  const known = new Set(texts.map(unitName));
  const firsts = new Set([...known].map((text) => text.charCodeAt(0)));
  const arePlain = [...known].every((text) => isPlain.test(text));
  return (cell) => {
    // Most cells end here: in a form of plain signs only, the first sign of a cell is the form's.
    const first = cell.charCodeAt(0);
    if (arePlain && first > 0x20 && first < 0x7f && !firsts.has(first)) return false;
    return known.has(unitName(cell));
  };
}

/** Printable ASCII without blanks. */
const isPlain = /^[\x21-\x7e]*$/;

/**
 * Finds the index of the name that a cell has: the same text, else the same in the form of
 * `unitName`, for example without white space around it; -1 where there is none. A form that two
 * names have is no name.
 */
export function nameFinder(names: readonly string[]): (cell: string) => number {
  const exact = new Map<string, number>();
  const byForm = new Map<string, number>();
  names.forEach((name, index) => {
    if (exact.has(name)) return;
    exact.set(name, index);
    const form = unitName(name);
    byForm.set(form, byForm.has(form) ? -1 : index);
  });
  return (cell) => exact.get(cell) ?? byForm.get(unitName(cell)) ?? -1;
}
