import * as files from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { registerLayers } from '@dpquant/gradients';
import { WeightsError } from '../weights/weightsError.ts';
import { modelJsonPath, readModelJson, type ModelMetadata } from './modelJson.ts';

const weightsFile = 'weights.bin';

export interface ModelFilesOptions {
  /** Writes a file, say durably. Default `writeFile` of `node:fs/promises`. */
  readonly writeFile?: (path: string, content: string | Uint8Array) => Promise<void>;
  /**
   * Notes to save with the model, in the field `userDefinedMetadata` of its file; they are added to those that
   * the model has, and replace what has the same key. `readModelMetadata` reads them.
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
  registerLayers();
  return tfl.loadLayersModel(modelFiles(path));
}

async function loadFiles(file: string): Promise<tf.io.ModelArtifacts> {
  const { modelTopology, weightsManifest = [], userDefinedMetadata } = await readModelJson(file);
  const topology = { modelTopology, ...(userDefinedMetadata && { userDefinedMetadata }) };
  const weightSpecs = weightsManifest.flatMap(({ weights }) => weights);
  if (weightSpecs.length === 0 && weightsManifest.every(({ paths }) => paths.length === 0)) {
    return topology;
  }
  const groups = await Promise.all(weightsManifest.map((group) => readGroup(file, group)));
  return { ...topology, weightSpecs, weightData: tf.io.CompositeArrayBuffer.join(groups) };
}

/** The bytes of all files of a group, which are one after the other. */
async function readGroup(
  file: string,
  { paths, weights }: tf.io.WeightsManifestConfig[number],
): Promise<ArrayBuffer> {
  const shards: Uint8Array[] = [];
  for (const path of paths) {
    if (basename(path) !== path) {
      throw new WeightsError(
        `${file}: expected names of files beside it, got ${JSON.stringify(path)}`,
      );
    }
    const shard = join(dirname(file), path);
    try {
      shards.push(await files.readFile(shard));
    } catch (error) {
      throw new WeightsError(`${file}: cannot read its weights: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }
  const expected = weights.reduce((sum, spec) => sum + sizeOf(spec), 0);
  const length = shards.reduce((sum, shard) => sum + shard.length, 0);
  if (length !== expected) {
    throw new WeightsError(
      `${file}: expected ${expected} bytes of weights in ${paths.join(', ')}, got ${length}; a file is cut off or ` +
        'of another model',
    );
  }
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const shard of shards) {
    bytes.set(shard, offset);
    offset += shard.length;
  }
  return bytes.buffer;
}

const bytesOf: Readonly<Record<string, number>> = {
  float32: 4,
  int32: 4,
  bool: 1,
  uint8: 1,
  uint16: 2,
  float16: 2,
};

function sizeOf({ name, shape, dtype, quantization }: tf.io.WeightsManifestEntry): number {
  const stored = quantization?.dtype ?? dtype;
  const bytes = bytesOf[stored];
  if (bytes === undefined) {
    throw new WeightsError(
      `weight "${name}": expected one of ${Object.keys(bytesOf).join(', ')}, got ${JSON.stringify(stored)}`,
    );
  }
  return bytes * tf.util.sizeFromShape(shape);
}
