import type { Row } from './cells.ts';
import type { Settings } from './settings.ts';

/** Settings whose values speak for themselves, in the order in which rows are named by them. */
const speaking = ['policy', 'quantized-fraction', 'format'];

/** Characters of a name: folders and files of its runs add to it, and file systems take 255. */
const longestName = 150;

/**
 * A row of these settings.
 *
 * @param taken names of other rows
 */
export function namedRow(settings: Settings, taken: ReadonlySet<string> = new Set()): Row {
  const words = wordsOf(settings);
  const label = words.join(' ') || 'run';
  const plain = label.replaceAll(/[^\w.-]+/g, '-').replace(/^[.-]+/, '');
  const name = plain.slice(0, longestName) || 'run';
  let row = name;
  for (let number = 2; taken.has(row); number++) row = `${name}-${number}`;
  return { row, label, settings };
}

function wordsOf(settings: Settings): string[] {
  const first = speaking.filter((name) => name in settings);
  const others = Object.keys(settings).filter((name) => !speaking.includes(name));
  return [
    ...first.map((name) => baseName(String(settings[name]))),
    ...others.map((name) => {
      const value = settings[name]!;
      if (typeof value === 'boolean') return value ? name : `no ${name}`;
      return `${name} ${baseName(String(value))}`;
    }),
  ];
}

/** A path may be long, and of another machine. */
function baseName(value: string): string {
  return value.split(/[\\/]/).filter(Boolean).at(-1) ?? value;
}
