import { readFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import type * as tf from '@tensorflow/tfjs-core';
import { WeightsError } from '../weights/weightsError.ts';

/** A program's metadata about a model, stored in its file: an object of JSON values. */
export type ModelMetadata = Readonly<Record<string, unknown>>;

/** The `model.json` at a path, which may be its folder. */
export function modelJsonPath(path: string): string {
  return path.endsWith('.json') ? path : join(path, 'model.json');
}

const stateDict = 'write its state dict with safetensors.torch.save_file';
const converted = 'convert it with tensorflowjs_converter --output_format tfjs_layers_model';

/** Remedies for other file types, by file extension. */
const otherFormats: Readonly<Record<string, string>> = {
  '.pt': stateDict,
  '.pth': stateDict,
  '.ckpt': stateDict,
  '.bin': stateDict,
  '.h5': converted,
  '.keras': 'save it as .h5 and convert that with tensorflowjs_converter',
};

/**
 * Reads a `model.json` of the layers format and checks its top-level fields. A missing manifest
 * becomes empty.
 *
 * @throws WeightsError for a file that cannot be read, is not JSON, or has another format
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

/** Decodes UTF-8, without a byte order mark. */
function textOf(bytes: Uint8Array): string {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    throw new TypeError('it is in UTF-16; save it as UTF-8');
  }
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
}

/** Whether a JSON value is an object and not a list. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
