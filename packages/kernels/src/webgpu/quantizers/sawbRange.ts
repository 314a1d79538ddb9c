import type * as tf from '@tensorflow/tfjs-core';
import {
  largestMagnitude,
  scaleInvocations,
  slabSize,
  type GroupMagnitudes,
} from './groupScales.ts';
import { float64Constant } from './softFloat64.ts';
import {
  shaderProgram,
  unsigned,
  type WebGpuBackend,
  type WebGpuProgram,
} from '../webGpuBackend.ts';

/**
 * Sums of the whole numbers m that `sawbRange` of quantization defines, and of the halves of their
 * squares, of every slab of every group, [groups, slabs, 3]. 32 bits hold those of 2¹⁶ values.
 */
function momentsProgram(groups: number, slabs: number): WebGpuProgram {
  return shaderProgram({
    variableNames: ['X', 'Magnitudes'],
    uniforms: 'groupSize : u32, count : u32,',
    workgroupSize: [scaleInvocations, 1, 1],
    dispatchLayout: { x: [0], y: [0] },
    shaderKey: 'dpquantSawbMoments',
    outputShape: [groups * slabs * 3],
    dispatch: [slabs, groups, 1],
    getUserCode: () => `
${largestMagnitude}

var<workgroup> partial: array<vec3<u32>, ${scaleInvocations}>;

/** A magnitude's bits over 2^(power − 141), to nearest, ties to even. */
fn wholeOf(magnitude: u32, power: u32) -> u32 {
  let exponent = max(magnitude >> 23u, 1u);
  let mantissa = select((magnitude & 0x7fffffu) | 0x800000u, magnitude, magnitude < 0x800000u);
  let shift = min(9u + power - exponent, 25u);
  return (mantissa + (1u << (shift - 1u)) - 1u + ((mantissa >> shift) & 1u)) >> shift;
}

fn main() {
  let group = workgroupId.y;
  let maximum = largestMagnitude(group * uniforms.count, (group + 1u) * uniforms.count);
  let power = max(maximum >> 23u, 1u);
  let first = workgroupId.x * ${slabSize}u;
  let start = group * uniforms.groupSize;
  let end = start + min(first + ${slabSize}u, uniforms.groupSize);
  var own = vec3<u32>(0u);
  for (var i = start + first + localIndex; i < end; i += ${scaleInvocations}u) {
    let whole = wholeOf(bitcast<u32>(X[i]) & 0x7fffffffu, power);
    let squared = whole * whole;
    own += vec3<u32>(whole, squared & 0xffffu, squared >> 16u);
  }
  partial[localIndex] = own;
  for (var distance = ${scaleInvocations / 2}u; distance > 0u; distance >>= 1u) {
    workgroupBarrier();
    if (localIndex < distance) {
      partial[localIndex] += partial[localIndex + distance];
    }
  }
  if (localIndex == 0u) {
    let at = 3u * (group * numWorkgroups.x + workgroupId.x);
    result[at] = bitcast<i32>(partial[0].x);
    result[at + 1u] = bitcast<i32>(partial[0].y);
    result[at + 2u] = bitcast<i32>(partial[0].z);
  }
}
`,
  });
}

/** Sums for `sawbRange`: see `ScaleRule`. */
export const sawbSums = {
  make(
    backend: WebGpuBackend,
    { values, magnitudes, groups, slabs, groupSize, count }: GroupMagnitudes,
  ): tf.TensorInfo {
    return backend.runWebGPUProgram(
      momentsProgram(groups, slabs),
      [values, magnitudes],
      'int32',
      unsigned(groupSize, count),
    );
  },
  gather: 'gatherSums();',
};

/**
 * WGSL, which needs `softFloat64`: `sawbRange(maximum)`, float64 of the bits of a normal float32,
 * after `gatherSums()`. Sums are put together in 64 bits: Σm, and Σm² from its halves.
 */
export const sawbRange = `
var<workgroup> sums: array<vec4<u32>, ${scaleInvocations}>;

fn together(a: vec4<u32>, b: vec4<u32>) -> vec4<u32> {
  return vec4<u32>(add64(a.xy, b.xy), add64(a.zw, b.zw));
}

fn gatherSums() {
  var own = vec4<u32>(0u);
  for (var slab = localIndex; slab < uniforms.slabs; slab += ${scaleInvocations}u) {
    let at = 3u * (workgroupId.x * uniforms.slabs + slab);
    let parts = bitcast<vec3<u32>>(vec3<i32>(Sums[at], Sums[at + 1u], Sums[at + 2u]));
    own = together(own, vec4<u32>(parts.x, 0u, parts.y, 0u));
    own = together(own, vec4<u32>(0u, 0u, parts.z << 16u, parts.z >> 16u));
  }
  sums[localIndex] = own;
  for (var distance = ${scaleInvocations / 2}u; distance > 0u; distance >>= 1u) {
    workgroupBarrier();
    if (localIndex < distance) {
      sums[localIndex] = together(sums[localIndex], sums[localIndex + distance]);
    }
  }
  workgroupBarrier();
}

/** Rounded once. */
fn float64OfU64(value: vec2<u32>) -> vec2<u32> {
  let high = float64Multiply(float64OfU32(value.y), ${float64Constant(2 ** 32)});
  return float64Add(high, float64OfU32(value.x));
}

fn sawbRange(maximum: u32) -> vec2<u32> {
  let size = float64OfU32(uniforms.groupSize);
  let mean = float64Divide(float64OfU64(sums[0].xy), size);
  let meanSquare = float64Divide(float64OfU64(sums[0].zw), size);
  let units = float64Subtract(
    float64Multiply(${float64Constant(12.1)}, float64SquareRoot(meanSquare)),
    float64Multiply(${float64Constant(12.2)}, mean),
  );
  let largest = float64OfFloat32(maximum);
  // A unit is 2^(power − 141).
  let range = vec2<u32>(units.x, units.y + (((maximum >> 23u) - 141u) << 20u));
  let isPositive = units.y < 0x80000000u && (units.x | units.y) != 0u;
  return select(largest, range, isPositive && !isLess64(largest, range));
}
`;
