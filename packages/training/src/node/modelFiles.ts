import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { registerLayers } from '@dpquant/gradients';
import { makeFolder, replaceFile } from './durableFile.ts';

const weightsFile = 'weights.bin';

/**
 * Writes a model as `model.json` and `weights.bin` (TensorFlow.js layers format) into a folder,
 * which is created if needed. `tf.loadLayersModel` reads it after `registerLayers()`.
 *
 * @throws RunFolderError when the system refuses
 */
export async function saveModel(model: tfl.LayersModel, folder: string): Promise<void> {
  await makeFolder(folder);
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      const weights = tf.io.CompositeArrayBuffer.join(artifacts.weightData);
      const manifest = [{ paths: [weightsFile], weights: artifacts.weightSpecs ?? [] }];
      await replaceFile(join(folder, weightsFile), new Uint8Array(weights));
      await replaceFile(
        join(folder, 'model.json'),
        JSON.stringify({
          format: 'layers-model',
          generatedBy: 'DPQuant',
          modelTopology: artifacts.modelTopology,
          weightsManifest: manifest,
        }),
      );
      return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) };
    }),
  );
}

/**
 * Reads a model that `saveModel` or `model.save` wrote.
 *
 * @param path a `model.json`, or a folder that holds one
 */
export async function loadModel(path: string): Promise<tfl.LayersModel> {
  registerLayers();
  const file = path.endsWith('.json') ? path : join(path, 'model.json');
  const json = JSON.parse(await readFile(file, 'utf8')) as tf.io.ModelJSON;
  const specs = json.weightsManifest.flatMap(({ weights }) => weights);
  const shards = await Promise.all(
    json.weightsManifest
      .flatMap(({ paths }) => paths)
      .map(async (name) => {
        const bytes = await readFile(join(dirname(file), name));
        return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
      }),
  );
  return tfl.loadLayersModel(
    tf.io.fromMemory({
      modelTopology: json.modelTopology,
      weightSpecs: specs,
      weightData: tf.io.CompositeArrayBuffer.join(shards as ArrayBuffer[]),
    }),
  );
}
