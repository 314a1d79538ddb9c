import * as tfl from '@tensorflow/tfjs-layers';
import { SeededRandom, uniform } from '@dpquant/random';

/**
 * Random examples in [−1, 1] whose class or value is determined by a weighted sum of the columns.
 */
export function learnableExamples(count: number, columns: number, seed = 1) {
  const random = new SeededRandom(seed, 'learnable examples');
  const drawn = () => 2 * uniform(random) - 1;
  const slopes = Array.from({ length: columns }, drawn);
  const inputs = Float32Array.from({ length: count * columns }, drawn);
  const sums = Float32Array.from({ length: count }, (_, row) =>
    slopes.reduce((sum, slope, column) => sum + slope * inputs[row * columns + column]!, 0),
  );
  return {
    inputs,
    /** 1 on one side of a plane, 0 on the other. */
    classes: Int32Array.from(sums, (sum) => Number(sum > 0)),
    sums,
  };
}

/** Two dense layers, whose weights depend on the seed alone. */
export function twoLayers(columns: number, outputs: number, seed = 1): tfl.Sequential {
  const kernelInitializer = tfl.initializers.glorotUniform({ seed });
  return tfl.sequential({
    layers: [
      tfl.layers.dense({
        ...{ name: 'hidden', inputShape: [columns], units: 16, activation: 'relu' },
        kernelInitializer,
      }),
      tfl.layers.dense({ name: 'output', units: outputs, kernelInitializer }),
    ],
  });
}

/** One dense layer without an activation. */
export function oneLayer(columns: number, outputs: number, seed = 1): tfl.Sequential {
  const kernelInitializer = tfl.initializers.glorotUniform({ seed });
  const dense = tfl.layers.dense({
    ...{ name: 'output', inputShape: [columns], units: outputs },
    kernelInitializer,
  });
  return tfl.sequential({ layers: [dense] });
}
