/**
 * Control characters, and those that change the direction or the end of a line: a terminal obeys
 * them instead of showing them.
 */
// eslint-disable-next-line no-control-regex
const unseen = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * Text with every character that a terminal would obey written out, an escape as `\u001b`. Names of
 * layers, classes, files and policies come from others, and must not move the cursor, clear the
 * screen or forge a line. JSON stays the same JSON.
 */
export function visibleText(text: string): string {
  return text.replace(
    unseen,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
