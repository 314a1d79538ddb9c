/** CSS colours of the page, from the most negative through zero to the most positive. */
const diverging = [
  ['#2166ac', 'var(--ink-light)'],
  ['#67a9cf', 'var(--ink-dark)'],
  ['#d1e5f0', 'var(--ink-dark)'],
  ['#f7f7f7', 'var(--ink-dark)'],
  ['#fddbc7', 'var(--ink-dark)'],
  ['#ef8a62', 'var(--ink-dark)'],
  ['#b2182b', 'var(--ink-light)'],
] as const;

/** From few to many: darker on a light page, brighter on a dark one. */
const sequential = [0, 1, 2, 3, 4, 5].map(
  (i) => [`var(--share-${i})`, `var(--share-ink-${i < 4 ? 'low' : 'high'})`] as const,
);

/** A background colour, and the colour of text on it. */
export interface ValueColour {
  readonly colour: string;
  readonly ink: string;
}

/** Steps of a colour scale, from the lowest. */
export interface ColourScale {
  readonly of: (value: number) => ValueColour;
  /** The range of values of each step. */
  readonly steps: readonly (ValueColour & { readonly low: number; readonly high: number })[];
}

/** Seven steps, symmetric around zero, up to the greatest absolute value. */
export function divergingScale(values: readonly number[]): ColourScale {
  const most = Math.max(...values.map(Math.abs), Number.MIN_VALUE);
  return scale(diverging, -most, most);
}

/** Six steps from `low` to `high`. */
export function sequentialScale(low: number, high: number): ColourScale {
  return scale(sequential, low, high);
}

function scale(
  colours: readonly (readonly [colour: string, ink: string])[],
  low: number,
  high: number,
): ColourScale {
  const size = (high - low) / colours.length;
  const steps = colours.map(([colour, ink], i) => ({
    ...{ colour, ink },
    ...{ low: low + i * size, high: low + (i + 1) * size },
  }));
  const index = (value: number) =>
    Math.min(colours.length - 1, Math.max(0, Math.floor((value - low) / size)));
  return { steps, of: (value) => steps[index(value)]! };
}
