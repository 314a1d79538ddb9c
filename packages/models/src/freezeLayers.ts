import type * as tfl from '@tensorflow/tfjs-layers';
import { leafLayers } from '@dpquant/gradients';

/**
 * Freezes the layers whose names match a pattern, so that training does not change them.
 *
 * @param pattern names separated by commas; `*` stands for any characters and `?` for one:
 *   `stem*,stage1-*`. A name after `!` freezes all other layers: `!classifier`
 * @returns the names of the frozen layers that have weights
 * @throws RangeError if a name matches no layer with weights, or nothing is left to train; then
 *   nothing is frozen
 */
export function freezeLayers(model: tfl.LayersModel, pattern: string): string[] {
  const layers = leafLayers(model).filter(({ weights }) => weights.length > 0);
  const names = layers.map(({ name }) => name);
  const frozen = new Set<tfl.layers.Layer>();
  for (const part of pattern.split(',').map((text) => text.trim())) {
    const isExcept = part.startsWith('!');
    const matches = matcher(isExcept ? part.slice(1) : part);
    if (!names.some(matches)) {
      throw new RangeError(
        `freeze: "${part}" is the name of no layer with weights; expected some of ${names.join(', ')}`,
      );
    }
    for (const layer of layers) if (matches(layer.name) !== isExcept) frozen.add(layer);
  }
  if (frozen.size === 0) throw new RangeError(`freeze: ${pattern} freezes no layer`);
  const isTrained = layers.some((layer) => !frozen.has(layer) && layer.trainableWeights.length > 0);
  if (!isTrained) {
    throw new RangeError(
      `freeze: ${pattern} leaves nothing to train; leave out some of ${names.join(', ')}`,
    );
  }
  for (const layer of frozen) layer.trainable = false;
  return layers.filter((layer) => frozen.has(layer)).map(({ name }) => name);
}

/** Returns a function that matches whole names against a pattern with `*` and `?`. */
function matcher(pattern: string): (name: string) => boolean {
  const escaped = pattern.replace(/[.+^${}()|[\]\\/]/g, '\\$&');
  const expression = new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's');
  return (name) => expression.test(name);
}
