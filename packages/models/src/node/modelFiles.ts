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
  /** Writes a file, for example durably. Default `writeFile` of `node:fs/promises`. */
  readonly writeFile?: (path: string, content: string | Uint8Array) => Promise<void>;
  /**
   * Metadata to save with the model, in the field `userDefinedMetadata`; merged into the model's
   * own, and replaces equal keys. `readModelMetadata` reads it.
   */
  readonly metadata?: ModelMetadata;
}

/**
 * Reads and writes a model in the layers format of TensorFlow.js, for `model.save` and
 * `tf.loadLayersModel`, which support files only with native add-ons: `model.json`, and beside it
 * the weights in one file (when saved) or several (when loaded). Metadata in the file is kept.
 *
 * @param path a `model.json`, or its folder, which is created when saving
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
      // In this order, so that a model.json never refers to missing weights.
      await writeFile(join(dirname(file), weightsFile), new Uint8Array(weights));
      await writeFile(file, JSON.stringify(json));
      return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) };
    },
  };
}

/**
 * Loads a model written by `model.save`, including this package's layers.
 *
 * @param path a `model.json`, or its folder
 * @throws WeightsError for damaged files or other file types
 */
export async function loadModel(path: string): Promise<tfl.LayersModel> {
  return modelFrom(await modelFiles(path).load(), modelJsonPath(path));
}

/**
 * Builds a model from artifacts loaded by `modelFiles`.
 *
 * @param file its name in error messages
 * @throws WeightsError if layers and weights do not match, or TensorFlow.js does not have a layer
 */
export async function modelFrom(
  artifacts: tf.io.ModelArtifacts,
  file: string,
): Promise<tfl.LayersModel> {
  registerLayers();
  try {
    return await tfl.loadLayersModel(tf.io.fromMemory(artifacts));
  } catch (error) {
    // The first line describes the problem; the others are about writing custom layers.
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
