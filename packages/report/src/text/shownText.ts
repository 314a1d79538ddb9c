/**
 * Control characters, line separators, characters that change the text direction, and lone
 * surrogates.
 */
const unseen =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/gu;

/**
 * Replaces each invisible character, and each that changes how its neighbours are shown, by its
 * code: names chosen by others must not look like something else.
 */
export function shownText(text: string): string {
  return text.replace(
    unseen,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/**
 * The same, shortened to at most `length` characters; the middle is cut, because names tend to
 * differ at the ends.
 */
export function shortened(text: string, length: number): string {
  const characters = [...shownText(text)];
  if (characters.length <= length) return characters.join('');
  const end = Math.floor((length - 1) / 2);
  const start = length - 1 - end;
  return `${characters.slice(0, start).join('')}…${characters.slice(-end).join('')}`;
}

/** The last part of a path; readers of a page should not see the folders. */
export function withoutFolders(path: string): string {
  return path.split(/[/\\]/).findLast((part) => part !== '') ?? path;
}
