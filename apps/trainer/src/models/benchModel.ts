import type { LayersModel } from '@tensorflow/tfjs-layers';
import { layerInfo } from '@dpquant/gradients';
import { createModel } from '@dpquant/models';
import { SeededRandom, uniform } from '@dpquant/random';
import {
  decisionAt,
  defaultFormatSpeedups,
  layersInFormat,
  staticPolicy,
} from '@dpquant/scheduling';
import { plural } from '../terminal/plural.ts';
import { UsageError } from '../flags/usageError.ts';

export const benchClasses = 10;

/**
 * A network as `dpquant bench` trains it: for images of its usual size, its weights always the
 * same.
 */
export function benchModel(name: string): {
  readonly model: LayersModel;
  readonly inputShape: [number, number, number];
} {
  const inputShape: [number, number, number] = name === 'small-cnn' ? [28, 28, 1] : [32, 32, 3];
  return { model: createModel(name, { inputShape, classes: benchClasses, seed: 1 }), inputShape };
}

/** Layers of a network that can be in low precision, and those that are to be. */
export interface BenchLayers {
  readonly all: readonly string[];
  readonly chosen: readonly string[];
}

/**
 * A share of a network's layers, drawn at random, but the same ones each time: rates of several
 * formats and backends are of the same layers.
 *
 * @throws UsageError where it is less than half a layer, so that none would be in low precision
 */
export function benchLayers(name: string, quantizedFraction: number): BenchLayers {
  const { model } = benchModel(name);
  try {
    const layers = layerInfo(model).filter(({ quantizable }) => quantizable);
    const random = new SeededRandom(1, 'bench layers');
    const format = 'low';
    const assignment = staticPolicy().select({
      ...decisionAt({ steps: 1, stepsPerEpoch: 1 }, 0),
      ...{ layers, format, budget: { quantizedFraction }, otherFormat: 'float32' },
      formatSpeedups: defaultFormatSpeedups,
      random: () => uniform(random),
    });
    const drawn = layersInFormat(assignment, format);
    if (drawn.length === 0) {
      throw new UsageError(
        `quantized-fraction: ${quantizedFraction} of the ${plural(layers.length, 'layer')} of ${name} is none; ` +
          `give at least ${Math.ceil(50 / layers.length) / 100}`,
      );
    }
    const all = layers.map((layer) => layer.name);
    return { all, chosen: all.filter((layer) => drawn.includes(layer)) };
  } finally {
    model.dispose();
  }
}
