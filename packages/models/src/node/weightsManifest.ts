import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type * as tf from '@tensorflow/tfjs-core';
import { WeightsError } from '../weights/weightsError.ts';
import { isObject } from './modelJson.ts';

/**
 * Reads the weights that the manifest of a `model.json` lists, with their bytes concatenated.
 *
 * @throws WeightsError for a damaged manifest, files outside the folder, repeated names of weights,
 *   and files that are missing or have another length
 */
export async function readManifest(
  file: string,
  manifest: readonly unknown[],
): Promise<{ specs: tf.io.WeightsManifestEntry[]; groups: ArrayBuffer[] }> {
  const parts = manifest.map((group) => checkedGroup(file, group));
  const specs = parts.flatMap(({ weights }) => weights);
  const names = new Set<string>();
  for (const { name } of specs) {
    if (names.has(name)) throw new WeightsError(`${file}: two weights are called "${name}"`);
    names.add(name);
  }
  return { specs, groups: await Promise.all(parts.map((group) => readGroup(file, group))) };
}

interface Group {
  readonly paths: readonly string[];
  readonly weights: readonly tf.io.WeightsManifestEntry[];
}

function checkedGroup(file: string, group: unknown): Group {
  const { paths, weights } = (isObject(group) ? group : {}) as {
    paths?: unknown;
    weights?: unknown;
  };
  if (!Array.isArray(paths) || !Array.isArray(weights)) {
    throw new WeightsError(
      `${file}: weightsManifest: expected groups of paths and weights, got ${brief(group)}`,
    );
  }
  for (const path of paths as unknown[]) {
    if (typeof path !== 'string' || /^\.{0,2}$/.test(path) || basename(path) !== path) {
      throw new WeightsError(
        `${file}: expected names of files beside it, got ${brief(path)}; put the weights into its folder`,
      );
    }
  }
  weights.forEach((spec: unknown) => checkSpec(file, spec));
  return { paths, weights };
}

function checkSpec(file: string, spec: unknown): void {
  const { name, shape, dtype, quantization } = isObject(spec) ? spec : {};
  // As an object's key this name would set its prototype.
  if (typeof name !== 'string' || name === '__proto__') {
    throw new WeightsError(
      `${file}: weightsManifest: expected weights with names, got ${brief(spec)}`,
    );
  }
  const refuse = (message: string) => new WeightsError(`${file}: weight "${name}": ${message}`);
  const isCount = (size: unknown) => Number.isSafeInteger(size) && (size as number) >= 0;
  if (!Array.isArray(shape) || !shape.every(isCount)) {
    throw refuse(`expected a shape of whole numbers ≥ 0, got ${brief(shape)}`);
  }
  const known = quantization === undefined ? plainTypes : quantizedTypes;
  const stored = quantization === undefined ? dtype : (quantization as { dtype?: unknown })?.dtype;
  if (!known.includes(stored as string)) {
    throw refuse(`expected one of ${known.join(', ')}, got ${brief(stored)}`);
  }
  if (quantization === undefined || stored === 'float16') return;
  const { scale, min } = quantization as { scale?: unknown; min?: unknown };
  if (!Number.isFinite(scale) || !Number.isFinite(min)) {
    throw refuse(`expected a quantization with scale and min, got ${brief(quantization)}`);
  }
}

/** Concatenates the bytes of all files of a group. */
async function readGroup(file: string, { paths, weights }: Group): Promise<ArrayBuffer> {
  const shards: Uint8Array[] = [];
  for (const path of paths) {
    try {
      shards.push(await readFile(join(dirname(file), path)));
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

/** Types that TensorFlow.js reads: of plain weights, and of compressed ones. */
const plainTypes = ['float32', 'int32', 'bool'];
const quantizedTypes = ['uint8', 'uint16', 'float16'];

const bytesOf: Readonly<Record<string, number>> = {
  float32: 4,
  int32: 4,
  bool: 1,
  uint8: 1,
  uint16: 2,
  float16: 2,
};

function sizeOf({ shape, dtype, quantization }: tf.io.WeightsManifestEntry): number {
  return bytesOf[quantization?.dtype ?? dtype]! * shape.reduce((count, size) => count * size, 1);
}

/** A value, shortened for a message. */
function brief(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 80);
}
