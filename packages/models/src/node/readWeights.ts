import * as tf from '@tensorflow/tfjs-core';
import type { StoredTensor } from '../weights/elementTypes.ts';
import { parseSafetensors } from '../weights/safetensors.ts';
import { modelFiles } from './modelFiles.ts';
import { readBytes } from './readBytes.ts';

/**
 * Reads all weights of a file by name, without building a model, from a `.safetensors` file, or a
 * TensorFlow.js `model.json` or its folder. Empty for a `model.json` with a topology only.
 *
 * @throws WeightsError for a file that cannot be read or is damaged
 */
export async function readWeights(path: string): Promise<Map<string, StoredTensor>> {
  if (!path.endsWith('.safetensors')) return readModelWeights(path);
  return new Map(parseSafetensors(await readBytes(path), path).tensors);
}

async function readModelWeights(path: string): Promise<Map<string, StoredTensor>> {
  const { weightData, weightSpecs = [] } = await modelFiles(path).load();
  if (!weightData) return new Map();
  // A model saved with its optimizer has the optimizer's state beside its weights.
  const ofOptimizer = weightSpecs.filter(({ group }) => group === 'optimizer');
  const tensors = new Map<string, StoredTensor>();
  const decoded = tf.io.decodeWeights(weightData, [...weightSpecs]);
  for (const [name, tensor] of Object.entries(decoded)) {
    if (ofOptimizer.some((spec) => spec.name === name)) {
      tensor.dispose();
      continue;
    }
    const { shape, dtype } = tensor;
    const values = await tensor.data();
    tensors.set(
      name,
      dtype === 'float32'
        ? { type: 'F32', shape, values }
        : { type: 'I32', shape, values: Int32Array.from(values) },
    );
    tensor.dispose();
  }
  return tensors;
}
