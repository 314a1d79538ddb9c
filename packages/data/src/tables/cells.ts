import { unitName } from '../unitName.ts';

/**
 * The number in a cell, written in decimal digits, with optional white space around it; true is 1
 * and false is 0. NaN for anything else, such as an empty cell, hexadecimal digits or infinity.
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

/** Whether a cell looks like a date or a time, such as 2024-05-31, 31.5.24, 5/31/2024 or 14:30. */
export function isDate(cell: string): boolean {
  return date.test(cell.trim());
}

const date =
  /^(\d{1,4}([-/.])\d{1,2}\2\d{1,4}([T ]+\d{1,2}:\d{2}.*)?|\d{1,2}:\d{2}(:\d{2}.*)?|(\d{1,2}[- .]+)?(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?[- ,.]+\d{1,4}([- ,]+\d{2,4})?)$/i;

/**
 * Returns a function that tells whether a cell is one of the texts, ignoring white space around it.
 */
export function textFinder(texts: readonly string[]): (cell: string) => boolean {
  const known = new Set(texts.map(unitName));
  const firsts = new Set([...known].map((text) => text.charCodeAt(0)));
  const arePlain = [...known].every((text) => isPlain.test(text));
  return (cell) => {
    // Fast exit for most cells: if all texts are printable ASCII, the first character must match.
    const first = cell.charCodeAt(0);
    if (arePlain && first > 0x20 && first < 0x7f && !firsts.has(first)) return false;
    return known.has(unitName(cell));
  };
}

/** Printable ASCII without blanks. */
const isPlain = /^[\x21-\x7e]*$/;

/**
 * Returns a function that finds the index of the name in a cell: an exact match, else a match in
 * the form of `unitName`, for example without white space around it; -1 if there is none. A form
 * that two names share matches nothing.
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
