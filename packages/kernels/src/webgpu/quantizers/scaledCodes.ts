import type * as tf from '@tensorflow/tfjs-core';
import type { QuantizeAttributes } from '@dpquant/quantization';
import { philox } from './philox.ts';
import { reciprocal } from './reciprocal.ts';
import {
  flat,
  reshaped,
  shaderProgram,
  unsigned,
  wordTensor,
  type WebGpuBackend,
  type WebGpuProgram,
} from '../webGpuBackend.ts';

const invocations = 256;

/** How a code is computed from a magnitude. */
export interface CodeRule {
  /** Distinguishes the rule from others. */
  readonly name: string;
  /** Whether codes take random words; they are zeros otherwise. */
  readonly isStochastic: boolean;
  /** WGSL statements that use the mark of a scale (`isMarked`: see `ScaleRule`). Default none. */
  readonly ofMark?: string;
  /**
   * WGSL: `codeOf(magnitude: u32, word: u32, inverse: u32) -> f32`, the code without its sign.
   * Magnitude and inverse are the bits of a float32, the magnitude not of zero, the inverse of a
   * normal one. It may call `ratio`, `isFractionUp` and `isUpFromZero`.
   */
  readonly functions: string;
}

const ratios = `
/**
 * magnitude·inverse, rounded once. Below 2⁻¹⁰³ it may be zero. Subnormal magnitudes, which may
 * count as zero, are taken for whole numbers.
 */
fn ratio(magnitude: u32, inverse: u32) -> f32 {
  if (magnitude >= 0x800000u) {
    return bitcast<f32>(magnitude) * bitcast<f32>(inverse);
  }
  if (inverse < (150u << 23u)) {
    return 0.0;
  }
  return f32(magnitude) * bitcast<f32>(inverse - (149u << 23u));
}

/** Whether a word's upper 24 bits, as a fraction, are below another one. */
fn isFractionUp(fraction: f32, word: u32) -> bool {
  return f32(word >> 8u) < fraction * 16777216.0;
}

/** The same for a ratio below 1: a small one that counts as zero is still above a word of zeros. */
fn isUpFromZero(r: f32, magnitude: u32, inverse: u32, word: u32) -> bool {
  return select(isFractionUp(r, word), isAboveHalfSmallest(magnitude, inverse), word < 256u);
}

/**
 * Whether the product of two normal or subnormal magnitudes is above half the smallest subnormal
 * number.
 */
fn isAboveHalfSmallest(a: u32, b: u32) -> bool {
  let aBits = select((a & 0x7fffffu) | 0x800000u, a & 0x7fffffu, a < 0x800000u);
  let aShift = countLeadingZeros(aBits) - 8u;
  let aMantissa = aBits << aShift;
  let bMantissa = (b & 0x7fffffu) | 0x800000u;
  let exponent = i32(max(a >> 23u, 1u)) - i32(aShift) + i32(b >> 23u) - 254;
  // 48 bits: the upper 32, and whether there are others.
  let high = multiplyHigh(aMantissa << 8u, bMantissa << 8u);
  let hasLow = ((aMantissa * bMantissa) & 0xffffu) != 0u;
  if (exponent != -151) {
    return exponent > -150 || (exponent == -150 && (high > 0x40000000u || hasLow));
  }
  return high > 0x80000000u || (high == 0x80000000u && hasLow);
}
`;

/** The codes, four of a Philox block an invocation. */
function codeProgram(groups: number, groupSize: number, rule: CodeRule): WebGpuProgram {
  return shaderProgram({
    variableNames: ['X', 'Scales', ...(rule.isStochastic ? ['Rows', 'ViewsAndDraws'] : [])],
    uniforms: 'groupSize : u32, key0 : u32, key1 : u32, step : u32,',
    workgroupSize: [invocations, 1, 1],
    dispatchLayout: { x: [0], y: [0] },
    shaderKey: `dpquantCodes${rule.name}`,
    outputShape: [groups * groupSize],
    dispatch: [Math.ceil(groupSize / (4 * invocations)), groups, 1],
    getUserCode: () => {
      const words = `philox(
    vec4<u32>(block, bitcast<u32>(Rows[group]), bitcast<u32>(ViewsAndDraws[group]), uniforms.step),
    vec2<u32>(uniforms.key0, uniforms.key1),
  )`;
      return `
${philox}
${reciprocal}
${ratios}
${rule.functions}

var<workgroup> sharedInverse: u32;

fn main() {
  let group = workgroupId.y;
  let isMarked = (bitcast<u32>(Scales[group]) >> 31u) == 1u;
  let scale = bitcast<u32>(Scales[group]) & 0x7fffffffu;
  ${rule.ofMark ?? ''}
  if (localIndex == 0u) {
    // Zero for groups without a scale: their codes are zeros.
    sharedInverse = 0u;
    if (scale >= 0x800000u && scale < 0x7f800000u) {
      sharedInverse = reciprocalBits(scale);
    }
  }
  workgroupBarrier();
  let inverse = sharedInverse;
  let block = workgroupId.x * ${invocations}u + localIndex;
  let first = 4u * block;
  if (first >= uniforms.groupSize) {
    return;
  }
  let start = group * uniforms.groupSize + first;
  let count = min(4u, uniforms.groupSize - first);
  if (inverse == 0u) {
    for (var i = 0u; i < count; i++) {
      result[start + i] = 0.0;
    }
    return;
  }
  let words = ${rule.isStochastic ? words : 'vec4<u32>(0u)'};
  for (var i = 0u; i < count; i++) {
    let bits = bitcast<u32>(X[start + i]);
    let magnitude = bits & 0x7fffffffu;
    var code = 0u;
    if (magnitude != 0u) {
      code = bitcast<u32>(codeOf(magnitude, words[i], inverse));
    }
    // A code of zero has no sign.
    result[start + i] = bitcast<f32>(select(code | (bits & 0x80000000u), 0u, code == 0u));
  }
}
`;
    },
  });
}

/**
 * Codes of x, in its shape, under scales [groups]; zeros where a scale is not normal. The caller
 * owns them.
 */
export function scaledCodes(
  backend: WebGpuBackend,
  x: tf.TensorInfo,
  scales: tf.TensorInfo,
  { groups, key, step, rows, viewsAndDraws }: QuantizeAttributes,
  rule: CodeRule,
): tf.TensorInfo {
  const values = flat(x);
  const groupSize = values.shape[0]! / groups;
  const counters = rule.isStochastic
    ? [wordTensor(backend, rows), wordTensor(backend, viewsAndDraws)]
    : [];
  const codes = backend.runWebGPUProgram(
    codeProgram(groups, groupSize, rule),
    [values, scales, ...counters],
    'float32',
    unsigned(groupSize, key[0], key[1], step),
  );
  for (const { dataId } of counters) backend.disposeData(dataId);
  return reshaped(codes, x.shape);
}
