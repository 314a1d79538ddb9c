import type * as tf from '@tensorflow/tfjs-core';
import {
  flat,
  shaderProgram,
  unsigned,
  type WebGpuBackend,
  type WebGpuProgram,
} from '../webGpuBackend.ts';

export const scaleInvocations = 256;
/** Values of a workgroup: a larger group is shared among several. */
export const slabSize = 16_384;

/**
 * WGSL: `largestMagnitude(start, end)` of the input `Magnitudes`, a workgroup's work. The bits of a
 * float32 without its sign are in the order of magnitudes, with infinity and NaN above, so that
 * this does not depend on how a device compares floats. `signs[0]` is a sign bit then if one of
 * them was of a number below zero, else 0.
 */
export const largestMagnitude = `
var<workgroup> largest: array<u32, ${scaleInvocations}>;
var<workgroup> signs: array<u32, ${scaleInvocations}>;

fn largestMagnitude(start: u32, end: u32) -> u32 {
  var own = 0u;
  var sign = 0u;
  for (var i = start + localIndex; i < end; i += ${scaleInvocations}u) {
    let bits = bitcast<u32>(Magnitudes[i]);
    own = max(own, bits & 0x7fffffffu);
    sign |= select(0u, bits & 0x80000000u, bits != 0x80000000u);
  }
  largest[localIndex] = own;
  signs[localIndex] = sign;
  for (var distance = ${scaleInvocations / 2}u; distance > 0u; distance >>= 1u) {
    workgroupBarrier();
    if (localIndex < distance) {
      largest[localIndex] = max(largest[localIndex], largest[localIndex + distance]);
      signs[localIndex] |= signs[localIndex + distance];
    }
  }
  workgroupBarrier();
  return largest[0];
}
`;

/**
 * The largest magnitude of every slab of every group, [groups, slabs], with a sign if a value there
 * is below zero.
 */
function largestProgram(groups: number, slabs: number): WebGpuProgram {
  return shaderProgram({
    variableNames: ['Magnitudes'],
    uniforms: 'groupSize : u32,',
    workgroupSize: [scaleInvocations, 1, 1],
    dispatchLayout: { x: [0], y: [0] },
    shaderKey: 'dpquantLargestMagnitudes',
    outputShape: [groups * slabs],
    dispatch: [slabs, groups, 1],
    getUserCode: () => `
${largestMagnitude}

fn main() {
  let first = workgroupId.x * ${slabSize}u;
  let start = workgroupId.y * uniforms.groupSize;
  let end = start + min(first + ${slabSize}u, uniforms.groupSize);
  let found = largestMagnitude(start + first, end);
  if (localIndex == 0u) {
    result[workgroupId.y * numWorkgroups.x + workgroupId.x] = bitcast<f32>(found | signs[0]);
  }
}
`,
  });
}

/** How a group's scale is computed from its largest magnitude. */
export interface ScaleRule {
  /** Distinguishes the rule from others. */
  readonly name: string;
  /**
   * WGSL: `scaleOf(maximum: u32) -> u32`, of and to the bits of a float32: the scale of a finite
   * largest magnitude, and zero where it would not be normal. One invocation calls it.
   */
  readonly functions: string;
  /**
   * WGSL: `scaleOfNonNegative(maximum: u32) -> u32`, the same for groups without a value below
   * zero, whose scales are marked with a sign bit. Default: they are as the others, and nothing is
   * marked.
   */
  readonly functionsOfNonNegative?: string;
  /** Further sums that the rule needs, from a separate program. */
  readonly sums?: {
    /** Makes the input `Sums`; `magnitudes` has `count` of every group. The caller owns it. */
    make(backend: WebGpuBackend, groups: GroupMagnitudes): tf.TensorInfo;
    /** WGSL statements that all invocations run before `scaleOf`, such as a reduction. */
    readonly gather: string;
  };
}

/** Values in groups, and magnitudes that have the same largest one in every group. */
export interface GroupMagnitudes {
  readonly values: tf.TensorInfo;
  readonly groups: number;
  readonly groupSize: number;
  readonly slabs: number;
  readonly magnitudes: tf.TensorInfo;
  /** Magnitudes of a group. */
  readonly count: number;
}

/** The scales, a workgroup each. */
function scaleProgram(groups: number, rule: ScaleRule): WebGpuProgram {
  return shaderProgram({
    variableNames: rule.sums ? ['Magnitudes', 'Sums'] : ['Magnitudes'],
    uniforms: 'count : u32, groupSize : u32, slabs : u32,',
    workgroupSize: [scaleInvocations, 1, 1],
    dispatchLayout: { x: [0] },
    shaderKey: `dpquantScales${rule.name}`,
    outputShape: [groups],
    dispatch: [groups, 1, 1],
    getUserCode: () => {
      const { functions, functionsOfNonNegative, sums } = rule;
      const scaleOfGroup = functionsOfNonNegative
        ? 'select(scaleOf(maximum), scaleOfNonNegative(maximum) | 0x80000000u, signs[0] == 0u)'
        : 'scaleOf(maximum)';
      return `
${largestMagnitude}
${functions}
${functionsOfNonNegative ?? ''}

// With one dimension of workgroups the backend passes the invocation's index.
fn main(_invocation : i32) {
  let start = workgroupId.x * uniforms.count;
  let maximum = largestMagnitude(start, start + uniforms.count);
  ${sums?.gather ?? ''}
  if (localIndex == 0u) {
    var scale = 0x7fc00000u;
    if (maximum < 0x7f800000u) {
      scale = ${scaleOfGroup};
    }
    result[workgroupId.x] = bitcast<f32>(scale);
  }
}
`;
    },
  });
}

/**
 * Scales [groups] of equal shares of x: NaN if a value of a group is not finite. The caller owns
 * them.
 */
export function groupScales(
  backend: WebGpuBackend,
  x: tf.TensorInfo,
  groups: number,
  rule: ScaleRule,
): tf.TensorInfo {
  const values = flat(x);
  const groupSize = values.shape[0]! / groups;
  const slabs = Math.ceil(groupSize / slabSize);
  const magnitudes =
    slabs === 1
      ? values
      : backend.runWebGPUProgram(
          largestProgram(groups, slabs),
          [values],
          'float32',
          unsigned(groupSize),
        );
  const count = slabs === 1 ? groupSize : slabs;
  const sums = rule.sums?.make(backend, { values, groups, groupSize, slabs, magnitudes, count });
  const scales = backend.runWebGPUProgram(
    scaleProgram(groups, rule),
    sums ? [magnitudes, sums] : [magnitudes],
    'float32',
    unsigned(count, groupSize, slabs),
  );
  if (sums) backend.disposeData(sums.dataId);
  if (slabs > 1) backend.disposeData(magnitudes.dataId);
  return scales;
}
