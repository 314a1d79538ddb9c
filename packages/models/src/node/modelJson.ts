import { readFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import type * as tf from '@tensorflow/tfjs-core';
import { WeightsError } from '../weights/weightsError.ts';

/** Notes of a program about a model, kept in its file: an object of JSON values. */
export type ModelMetadata = Readonly<Record<string, unknown>>;

/** The `model.json` that a path names, which may be its folder. */
export function modelJsonPath(path: string): string {
  return path.endsWith('.json') ? path : join(path, 'model.json');
}

const stateDict = 'write its state dict with safetensors.torch.save_file';
const converted = 'convert it with tensorflowjs_converter --output_format tfjs_layers_model';

/** What to do with files of other kinds, by the end of their names. */
const otherFormats: Readonly<Record<string, string>> = {
  '.pt': stateDict,
  '.pth': stateDict,
  '.ckpt': stateDict,
  '.bin': stateDict,
  '.h5': converted,
  '.keras': 'save it as .h5 and convert that with tensorflowjs_converter',
};

/**
 * Reads a `model.json` of the layers format and checks its outermost fields. A manifest that is
 * left out is empty.
 *
 * @throws WeightsError for a file that cannot be read, is no JSON or of another format
 */
export async function readModelJson(file: string): Promise<tf.io.ModelJSON> {
  const refuse = (message: string, cause?: unknown) =>
    new WeightsError(`${file}: ${message}`, cause === undefined ? {} : { cause });
  let json: tf.io.ModelJSON;
  try {
    json = JSON.parse(textOf(await readFile(file))) as tf.io.ModelJSON;
  } catch (error) {
    const remedy = otherFormats[extname(dirname(file))];
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR' && basename(file) === 'model.json') {
      throw new WeightsError(
        `${dirname(file)}: expected a model.json, its folder, or weights as .safetensors` +
          (remedy ? `; ${remedy}` : ''),
        { cause: error },
      );
    }
    throw refuse(`expected the JSON of a model: ${(error as Error).message}`, error);
  }
  if ((json?.format ?? 'layers-model') !== 'layers-model') {
    throw refuse(
      `expected a model of the format "layers-model", got ${JSON.stringify(json.format)}; convert it with ` +
        'tensorflowjs_converter --output_format tfjs_layers_model',
    );
  }
  if (!isObject(json?.modelTopology) || !Array.isArray(json.weightsManifest ?? [])) {
    throw refuse(
      'expected the fields modelTopology and weightsManifest; convert a model of Keras with tensorflowjs_converter',
    );
  }
  if (!isObject(json.userDefinedMetadata ?? {})) {
    throw refuse(
      `userDefinedMetadata: expected an object, got ${JSON.stringify(json.userDefinedMetadata).slice(0, 60)}; ` +
        'remove the field, or save the model again',
    );
  }
  return { ...json, weightsManifest: json.weightsManifest ?? [] };
}

/** The text of a file in UTF-8; a mark of the byte order at its beginning is no part of it. */
function textOf(bytes: Uint8Array): string {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    throw new TypeError('it is in UTF-16; save it as UTF-8');
  }
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
}

/** Whether a value of JSON is an object, and no list. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
