import type { Dataset } from './dataset.ts';

const shownClasses = 5;

export interface CheckedData extends Pick<Dataset, 'inputShape' | 'classNames'> {
  readonly labels: ArrayLike<number>;
}

/**
 * Warnings about data that is allowed but probably a mistake: images with channels first, and
 * classes without examples. The latter reveals private labels; see `Dataset.warnings`.
 */
export function dataWarnings({ inputShape, classNames, labels }: CheckedData): string[] {
  const warnings: string[] = [];
  const [channels, height, width] = inputShape as [number, number, number];
  const isChannelsFirst =
    inputShape.length === 3 && [1, 3, 4].includes(channels) && height > 4 && width > 4;
  if (isChannelsFirst) {
    warnings.push(
      `the shape [${inputShape.join(', ')}] seems to have the channels first; images are ` +
        '[height, width, channels]: save numpy.moveaxis(x, 1, -1)',
    );
  }
  const present = new Set(Array.from(labels));
  const absent = classNames.filter((_, label) => !present.has(label));
  if (absent.length > 0) {
    const shown = absent.slice(0, shownClasses).map((name) => JSON.stringify(name));
    const rest = absent.length > shown.length ? ` and ${absent.length - shown.length} more` : '';
    warnings.push(
      `no example is of the class ${shown.join(', ')}${rest}, of ${classNames.length} classes; ` +
        'are they numbered from 0, and their names right?',
    );
  }
  return warnings;
}
