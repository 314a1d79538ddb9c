/**
 * Control characters, those that change the direction or the end of a line, and halves of pairs.
 */
const unseen =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/gu;

/**
 * Text with every character written out that is not seen, or that changes how its neighbours are
 * seen: names come from others, and must not look like something else.
 */
export function shownText(text: string): string {
  return text.replace(
    unseen,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/**
 * The same in at most so many characters: the middle goes, since names tend to differ at the ends.
 */
export function shortened(text: string, length: number): string {
  const characters = [...shownText(text)];
  if (characters.length <= length) return characters.join('');
  const end = Math.floor((length - 1) / 2);
  const start = length - 1 - end;
  return `${characters.slice(0, start).join('')}…${characters.slice(-end).join('')}`;
}

/** The last part of a path: where a file lay is nobody's business who reads a page. */
export function withoutFolders(path: string): string {
  return path.split(/[/\\]/).findLast((part) => part !== '') ?? path;
}
