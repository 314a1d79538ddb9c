import * as tf from '@tensorflow/tfjs-core';
import { noiseOperations, type GaussianNoiseAttributes } from '@dpquant/mechanisms';
import { chacha20 } from './chacha20.ts';
import { gaussianPair } from './gaussianPair.ts';
import { withSecretWords } from './secretWords.ts';
import { float64Words } from './softFloat64.ts';
import {
  reshaped,
  unsigned,
  webGpuBackend,
  type WebGpuBackend,
  type WebGpuProgram,
} from './webGpuBackend.ts';

const invocations = 64;
/** Blocks of a workgroup, three of which are the words of sixteen pairs: four pairs an invocation. */
const blocks = 48;
const pairs = (blocks * 16) / 3;

/**
 * The workgroup's blocks of ChaCha20, one an invocation, then its pairs of variates. A block's words are one
 * further apart than sixteen, so that invocations side by side use different banks of the memory.
 */
class AddGaussianNoiseProgram implements WebGpuProgram {
  readonly variableNames = ['X', 'Key'];
  readonly uniforms = 'valueCount : u32, deviationLow : u32, deviationHigh : u32,';
  readonly workgroupSize: [number, number, number] = [invocations, 1, 1];
  readonly dispatchLayout = { x: [0] };
  readonly shaderKey = 'dpquantAddGaussianNoise';
  readonly outputShape: number[];
  readonly dispatch: [number, number, number];

  constructor(size: number) {
    this.outputShape = [size];
    this.dispatch = [Math.ceil(size / (2 * pairs)), 1, 1];
  }

  getUserCode(): string {
    return `
${chacha20}
${gaussianPair}

var<workgroup> words: array<u32, ${blocks * 17}>;

fn keyRow(first: u32) -> vec4<u32> {
  return bitcast<vec4<u32>>(
    vec4<i32>(Key[first], Key[first + 1u], Key[first + 2u], Key[first + 3u]),
  );
}

fn wordOf(place: u32) -> u32 {
  return words[place + place / 16u];
}

/** Adds a variate and rounds once. What is not finite stays. */
fn addVariate(place: u32, variate: vec2<u32>) {
  let bits = bitcast<u32>(X[place]);
  let sum = float32OfFloat64(float64Add(float64OfFloat32(bits), variate));
  result[place] = bitcast<f32>(select(sum, bits, (bits & 0x7f800000u) == 0x7f800000u));
}

fn main(_invocation : i32) {
  // More workgroups than a dimension may have are spread over several.
  let group = (workgroupId.z * numWorkgroups.y + workgroupId.y) * numWorkgroups.x + workgroupId.x;
  if (localIndex < ${blocks}u) {
    let key = array<vec4<u32>, 2>(keyRow(0u), keyRow(4u));
    var rows = chacha20(key, vec4<u32>(group * ${blocks}u + localIndex, 0u, 0u, 0u));
    for (var i = 0u; i < 4u; i++) {
      for (var j = 0u; j < 4u; j++) {
        words[17u * localIndex + 4u * i + j] = rows[i][j];
      }
    }
  }
  workgroupBarrier();
  let deviation = vec2<u32>(uniforms.deviationLow, uniforms.deviationHigh);
  for (var pair = localIndex; pair < ${pairs}u; pair += ${invocations}u) {
    let place = 2u * (group * ${pairs}u + pair);
    if (place >= uniforms.valueCount) {
      break;
    }
    let word = 3u * pair;
    let variates = gaussianPair(
      vec3<u32>(wordOf(word), wordOf(word + 1u), wordOf(word + 2u)),
      deviation,
    );
    addVariate(place, variates.first);
    if (place + 1u < uniforms.valueCount) {
      addVariate(place + 1u, variates.second);
    }
  }
  workgroupBarrier();
  for (var i = localIndex; i < ${blocks * 17}u; i += ${invocations}u) {
    words[i] = 0u;
  }
}
`;
  }
}

/**
 * A standard deviation that gives the same sums in float32, and no variate that is subnormal or infinite in float64.
 * Variates of less than 2⁻²⁵⁰ are below half a unit in the last place of any float32 in float64: they only give a
 * sum of zero its sign. Those of more than 2³⁰⁰ make every sum infinite. Beyond 10⁻³⁰⁰ and 10³⁰⁰, where the
 * reference's own variates leave float64, those two may differ from it.
 */
function withinReach(standardDeviation: number): number {
  if (standardDeviation === 0) return 0;
  return Math.min(Math.max(standardDeviation, 2 ** -250), 2 ** 300);
}

/** See `noiseOperations` of mechanisms, which defines what it computes. */
function addGaussianNoise(
  backend: WebGpuBackend,
  values: tf.TensorInfo,
  { key, standardDeviation }: GaussianNoiseAttributes,
): tf.TensorInfo {
  const size = tf.util.sizeFromShape(values.shape);
  const flat = reshaped(values, [size]);
  const deviation = float64Words(withinReach(standardDeviation));
  const noisy = withSecretWords(backend, key, (secret) =>
    backend.runWebGPUProgram(
      new AddGaussianNoiseProgram(size),
      [flat, secret],
      'float32',
      unsigned(size, ...deviation),
    ),
  );
  return reshaped(noisy, values.shape);
}

export const addGaussianNoiseConfig = noiseOperations.gaussian.on(
  webGpuBackend,
  (backend, { values }, attributes) => addGaussianNoise(backend, values, attributes),
);
