import type { ValueColour } from './valueColours.ts';

/**
 * How a format is drawn: with a colour and a letter, for readers who cannot distinguish the
 * colours.
 */
export interface FormatColour extends ValueColour {
  readonly letter: string;
}

const light = 'var(--ink-light)';
const dark = 'var(--ink-dark)';
const inks = [light, dark, dark, dark, dark, dark, dark];
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/**
 * Colours and letters of formats, in the order of their first use. float32 has no colour and a
 * dash. If there are more formats than colours, the letters distinguish them.
 */
export function formatColours(formats: readonly string[]): Map<string, FormatColour> {
  const colours = new Map<string, FormatColour>();
  const chosen = [...new Set(formats)].filter((format) => format !== 'float32');
  for (const [i, format] of chosen.entries()) {
    colours.set(format, {
      colour: `var(--format-${i % inks.length})`,
      ink: inks[i % inks.length]!,
      letter: letters[i % letters.length]!,
    });
  }
  if (formats.includes('float32')) {
    colours.set('float32', {
      colour: 'var(--format-plain)',
      ink: 'var(--ink-plain)',
      letter: '–',
    });
  }
  return colours;
}
