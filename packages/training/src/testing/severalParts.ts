import * as tfl from '@tensorflow/tfjs-layers';
import { learnableExamples } from './learnableExamples.ts';

/**
 * Examples with two inputs, of four and of two numbers. Two targets: on which side of a plane
 * through all six numbers an example lies, and a weighted sum of them.
 */
export function severalExamples(count: number, seed = 1) {
  const { inputs, classes, sums } = learnableExamples(count, 6, seed);
  const columns = (from: number, to: number) =>
    Float32Array.from(
      { length: count * (to - from) },
      (_, i) => inputs[Math.floor(i / (to - from)) * 6 + from + (i % (to - from))]!,
    );
  return {
    inputs: { left: columns(0, 4), right: columns(4, 6) },
    targets: { side: classes, sum: sums },
  };
}

/** Two joined inputs, a hidden layer, and an output for each of two tasks. */
export function severalPartsModel(seed = 1): tfl.LayersModel {
  const kernelInitializer = tfl.initializers.glorotUniform({ seed });
  const left = tfl.input({ name: 'left', shape: [4] });
  const right = tfl.input({ name: 'right', shape: [2] });
  const dense = (name: string, units: number, from: tfl.SymbolicTensor) =>
    tfl.layers
      .dense({
        ...{ name, units, kernelInitializer },
        ...(name.startsWith('hidden') && { activation: 'relu' as const }),
      })
      .apply(from) as tfl.SymbolicTensor;
  const joined = tfl.layers
    .concatenate()
    .apply([dense('hiddenLeft', 8, left), right]) as tfl.SymbolicTensor;
  const hidden = dense('hidden', 16, joined);
  return tfl.model({
    inputs: [left, right],
    outputs: [dense('side', 2, hidden), dense('sum', 1, hidden)],
  });
}
