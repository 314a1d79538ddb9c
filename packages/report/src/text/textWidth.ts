import { shortened, shownText } from './shownText.ts';

/**
 * Estimated width in pixels at a font size of 12 pixels, rather too large; fonts are not available
 * here.
 */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

function characterWidth(character: string): number {
  if (/[ iljtfrI.,:;'|!()[\]-]/.test(character)) return 4.9;
  if (/[mwMW@%]/.test(character)) return 11;
  if (/[A-Z&]/.test(character)) return 8.5;
  // Scripts whose characters are as wide as high.
  const code = character.codePointAt(0)!;
  const isSymbol = code >= 0x2000 && code < 0x2c00;
  if (code >= 0x1100 && !isSymbol) return 12;
  return 7.3;
}

/** Shortens a text to at most `width` pixels by cutting the middle. */
export function fitted(text: string, width: number): string {
  const shown = shownText(text);
  if (textWidth(shown) <= width) return shown;
  let length = Math.min([...shown].length - 1, Math.floor(width / 4));
  while (length > 3 && textWidth(shortened(shown, length)) > width) length--;
  return shortened(shown, length);
}
