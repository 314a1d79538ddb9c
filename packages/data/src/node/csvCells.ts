import { unitName } from '../unitName.ts';

/**
 * The number that a cell has in decimal digits, with white space around it or not; NaN for all
 * else, as an empty cell, hexadecimal digits and infinity.
 */
export function decimalNumber(cell: string): number {
  const text = cell.trim();
  return decimal.test(text) ? Number(text) : NaN;
}

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

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
