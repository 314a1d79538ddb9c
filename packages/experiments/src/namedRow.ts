import type { Row } from './cells.ts';
import type { Settings } from './settings.ts';

/** Settings that are named by their value only, in the order of their use in row names. */
const namedByValue = ['policy', 'quantized-fraction', 'format'];

/**
 * Greatest length of a name in characters: files of its runs extend it, and file systems allow 255.
 */
const longestName = 150;

/**
 * A row with these settings, and a name made of them.
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
  const first = namedByValue.filter((name) => name in settings);
  const others = Object.keys(settings).filter((name) => !namedByValue.includes(name));
  return [
    ...first.map((name) => baseName(String(settings[name]))),
    ...others.map((name) => {
      const value = settings[name]!;
      if (typeof value === 'boolean') return value ? name : `no ${name}`;
      return `${name} ${baseName(String(value))}`;
    }),
  ];
}

/** Only the last part of a path, which may be long and specific to a machine. */
function baseName(value: string): string {
  return value.split(/[\\/]/).filter(Boolean).at(-1) ?? value;
}
