import * as tfl from '@tensorflow/tfjs-layers';
import type { ExampleArrays } from '@dpquant/training';

/** 320 examples of two values whose class is the sign of their sum: learned in a few steps. */
export function signs(): ExampleArrays {
  const inputs = Float32Array.from({ length: 640 }, (_, i) => Math.sin(12.9 * i) * 2);
  const targets = Int32Array.from({ length: 320 }, (_, i) =>
    Number(inputs[2 * i]! + inputs[2 * i + 1]! > 0),
  );
  return { inputs, targets };
}

/** A classifier of two layers for `signs`. */
export function classifier(): tfl.Sequential {
  const { dense } = tfl.layers;
  return tfl.sequential({
    layers: [
      dense({ name: 'hidden', inputShape: [2], units: 8, activation: 'relu' }),
      dense({ name: 'logits', units: 2 }),
    ],
  });
}

/** What a short private run is asked for. */
export const shortRun = {
  epsilon: 4,
  delta: 1e-3,
  steps: 20,
  batchSize: 64,
  policy: 'full',
  insecureSeed: 1,
} as const;
