import { plural } from '../terminal/plural.ts';

/** Greatest number of names that are listed. */
const mostNames = 4;

/** The chosen layers for a message: their names, or of many their number. */
export function layerList(chosen: readonly string[], all: readonly string[]): string {
  const left = all.filter((name) => !chosen.includes(name));
  if (chosen.length === 0) return 'no layer';
  if (left.length === 0) return `all ${plural(all.length, 'layer')}`;
  if (chosen.length <= mostNames) return chosen.join(' ');
  const but = left.length <= 2 ? `, not ${left.join(' ')}` : '';
  return `${chosen.length} of ${plural(all.length, 'layer')}${but}`;
}

/** Loss impacts in a few words: of many layers, the least and the greatest. */
export function impactList(impacts: ReadonlyMap<string, number>): string {
  const ordered = [...impacts]
    .sort(([, a], [, b]) => a - b)
    .map(([layer, impact]) => `${layer} ${impact.toFixed(4)}`);
  if (ordered.length <= mostNames) return ordered.join(', ');
  return `least ${ordered.slice(0, 2).join(', ')}; greatest ${ordered.slice(-2).join(', ')}`;
}
