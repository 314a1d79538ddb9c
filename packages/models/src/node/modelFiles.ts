import * as files from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { registerLayers } from '@dpquant/gradients';
import { WeightsError } from '../weights/weightsError.ts';
import { readTopology } from './kerasTopology.ts';
import { modelJsonPath, readModelJson, type ModelMetadata } from './modelJson.ts';
import { readManifest } from './weightsManifest.ts';

const weightsFile = 'weights.bin';

export interface ModelFilesOptions {
  /** Writes a file, say durably. Default `writeFile` of `node:fs/promises`. */
  readonly writeFile?: (path: string, content: string | Uint8Array) => Promise<void>;
  /**
   * Notes to save with the model, in the field `userDefinedMetadata` of its file; they are added to
   * those that the model has, and replace what has the same key. `readModelMetadata` reads them.
   */
  readonly metadata?: ModelMetadata;
}

/**
 * A model on disk in the layers format of TensorFlow.js, for `model.save` and `tf.loadLayersModel`, which
 * know files only with native add-ons: `model.json`, and beside it the weights in one file (when saved)
 * or any number (when loaded). Notes in the file stay with the model.
 *
 * @param path a `model.json`, or a folder that holds one; saving creates the folder
 */
export function modelFiles(
  path: string,
  { writeFile = files.writeFile, metadata = {} }: ModelFilesOptions = {},
): Required<Pick<tf.io.IOHandler, 'load' | 'save'>> {
  const file = modelJsonPath(path);
  return {
    load: () => loadFiles(file),
    save: async (artifacts) => {
      if (artifacts.modelTopology instanceof ArrayBuffer) {
        throw new RangeError(`${file}: expected a topology that is JSON, got a binary one`);
      }
      await files.mkdir(dirname(file), { recursive: true });
      const weights = tf.io.CompositeArrayBuffer.join(artifacts.weightData);
      const { modelTopology, trainingConfig } = artifacts;
      const userDefinedMetadata = { ...artifacts.userDefinedMetadata, ...metadata };
      const json = {
        format: 'layers-model',
        generatedBy: 'DPQuant',
        modelTopology,
        weightsManifest: [{ paths: [weightsFile], weights: artifacts.weightSpecs ?? [] }],
        ...(trainingConfig && { trainingConfig }),
        ...(Object.keys(userDefinedMetadata).length > 0 && { userDefinedMetadata }),
      };
      // In this order, so that a model.json never names weights that are not there.
      await writeFile(join(dirname(file), weightsFile), new Uint8Array(weights));
      await writeFile(file, JSON.stringify(json));
      return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) };
    },
  };
}

/**
 * Reads a model that `model.save` wrote, this package's layers included.
 *
 * @param path a `model.json`, or a folder that holds one
 * @throws WeightsError for files that are damaged or of another kind
 */
export async function loadModel(path: string): Promise<tfl.LayersModel> {
  return modelFrom(await modelFiles(path).load(), modelJsonPath(path));
}

/**
 * Builds a model from what `modelFiles` has loaded.
 *
 * @param file what error messages call it
 * @throws WeightsError where layers and weights do not fit each other, or TensorFlow.js has no such
 *   layer
 */
export async function modelFrom(
  artifacts: tf.io.ModelArtifacts,
  file: string,
): Promise<tfl.LayersModel> {
  registerLayers();
  try {
    return await tfl.loadLayersModel(tf.io.fromMemory(artifacts));
  } catch (error) {
    // The first line says what is wrong; those after it are about writing layers.
    const [reason] = String((error as Partial<Error> | null)?.message ?? error).split('\n');
    throw new WeightsError(
      `${file}: TensorFlow.js cannot build the model: ${reason!.slice(0, 300)}; save it again, or build it of the ` +
        'layers of TensorFlow.js and load its weights',
      { cause: error },
    );
  }
}

async function loadFiles(file: string): Promise<tf.io.ModelArtifacts> {
  const {
    modelTopology: topology,
    weightsManifest,
    userDefinedMetadata,
  } = await readModelJson(file);
  const { modelTopology, nameOf } = readTopology(topology, file);
  const artifacts = { modelTopology, ...(userDefinedMetadata && { userDefinedMetadata }) };
  const { specs, groups } = await readManifest(file, weightsManifest);
  if (specs.length === 0 && weightsManifest.every(({ paths }) => paths.length === 0)) {
    return artifacts;
  }
  const weightSpecs = specs.map((spec) => ({ ...spec, name: nameOf(spec.name) }));
  return { ...artifacts, weightSpecs, weightData: tf.io.CompositeArrayBuffer.join(groups) };
}
