import * as tf from '@tensorflow/tfjs-core';
import {
  groupNormalizationOperations,
  type GroupNormalizationAttributes,
} from '@dpquant/operations';
import {
  channelTile,
  channelTiles,
  tileInvocations,
  tileUniforms,
  type ChannelTiles,
} from './channelTiles.ts';
import {
  flat,
  reshaped,
  shaderProgram,
  webGpuBackend,
  type WebGpuBackend,
  type WebGpuProgram,
} from '../webGpuBackend.ts';

/** Invocations that compute the statistics of a group. */
const groupInvocations = 64;

/**
 * Moments: a number of values, their mean and the sum of their squared distances from it, combined
 * as in Chan, Golub and LeVeque (1979). This avoids the cancellation of E[x²] − E[x]².
 */
const moments = `
fn together(a: vec3<f32>, b: vec3<f32>) -> vec3<f32> {
  if (a.x == 0.0) {
    return b;
  }
  if (b.x == 0.0) {
    return a;
  }
  let count = a.x + b.x;
  let share = b.x / count;
  let distance = b.y - a.y;
  return vec3<f32>(count, a.y + distance * share, a.z + b.z + distance * distance * (a.x * share));
}

/**
 * The value that means are relative to, so that large means keep their last bits: the group's first
 * value.
 */
fn pivotOf(example: u32, channel: u32) -> f32 {
  let first = (channel / uniforms.groupSize) * uniforms.groupSize;
  return X[example * uniforms.positions * uniforms.channels + first];
}
`;

/** Mean and sum of squares of every channel at every slab of positions, [n, slabs, channels, 2]. */
function momentsProgram({ n, slabs, channels, dispatch }: ChannelTiles): WebGpuProgram {
  return shaderProgram({
    variableNames: ['X'],
    uniforms: tileUniforms,
    workgroupSize: [tileInvocations, 1, 1],
    dispatchLayout: { x: [0], y: [0], z: [0] },
    shaderKey: 'dpquantGroupMoments',
    outputShape: [n * slabs * channels * 2],
    dispatch,
    getUserCode: () => `
${channelTile}
${moments}

var<workgroup> partial: array<vec3<f32>, ${tileInvocations}>;

fn main() {
  let share = shareOf();
  var own = vec3<f32>(0.0);
  var position = share.start;
  if (position < share.end) {
    let pivot = pivotOf(share.example, share.channel);
    // Four at a time, from registers.
    while (position + 3u * share.step < share.end) {
      let values = vec4<f32>(
        X[indexOf(share, position)],
        X[indexOf(share, position + share.step)],
        X[indexOf(share, position + 2u * share.step)],
        X[indexOf(share, position + 3u * share.step)],
      ) - pivot;
      let mean = 0.25 * ((values.x + values.y) + (values.z + values.w));
      let centred = values - mean;
      own = together(own, vec3<f32>(4.0, mean, dot(centred, centred)));
      position += 4u * share.step;
    }
    while (position < share.end) {
      own = together(own, vec3<f32>(1.0, X[indexOf(share, position)] - pivot, 0.0));
      position += share.step;
    }
  }
  partial[localIndex] = own;
  for (var distance = ${tileInvocations / 2}u; distance >= uniforms.width; distance >>= 1u) {
    workgroupBarrier();
    if (localIndex < distance) {
      partial[localIndex] = together(partial[localIndex], partial[localIndex + distance]);
    }
  }
  if (localIndex < uniforms.width && share.channel < uniforms.channels) {
    let at = 2u * partIndexOf(share.example, workgroupId.y, share.channel);
    result[at] = partial[localIndex].y;
    result[at + 1u] = partial[localIndex].z;
  }
}
`,
  });
}

/**
 * Mean and 1/√(variance + epsilon) of every group from the moments of its channels: a workgroup
 * each.
 */
function statisticsProgram({ n, groups }: ChannelTiles): WebGpuProgram {
  return shaderProgram({
    variableNames: ['X', 'Moments'],
    uniforms: `${tileUniforms} epsilon : f32,`,
    workgroupSize: [groupInvocations, 1, 1],
    dispatchLayout: { x: [0], y: [0] },
    shaderKey: 'dpquantGroupStatistics',
    outputShape: [n * groups * 2],
    dispatch: [groups, n, 1],
    getUserCode: () => `
${channelTile}
${moments}

var<workgroup> partial: array<vec3<f32>, ${groupInvocations}>;

fn main() {
  let first = workgroupId.x * uniforms.groupSize;
  var own = vec3<f32>(0.0);
  for (var i = localIndex; i < uniforms.slabs * uniforms.groupSize; i += ${groupInvocations}u) {
    let slab = i / uniforms.groupSize;
    let count = min(uniforms.slabSize, uniforms.positions - slab * uniforms.slabSize);
    let at = 2u * partIndexOf(workgroupId.y, slab, first + i % uniforms.groupSize);
    own = together(own, vec3<f32>(f32(count), Moments[at], Moments[at + 1u]));
  }
  partial[localIndex] = own;
  for (var distance = ${groupInvocations / 2}u; distance > 0u; distance >>= 1u) {
    workgroupBarrier();
    if (localIndex < distance) {
      partial[localIndex] = together(partial[localIndex], partial[localIndex + distance]);
    }
  }
  if (localIndex == 0u) {
    let all = partial[0];
    let at = 2u * (workgroupId.y * (uniforms.channels / uniforms.groupSize) + workgroupId.x);
    result[at] = pivotOf(workgroupId.y, first) + all.y;
    result[at + 1u] = inverseSqrt(all.z / all.x + uniforms.epsilon);
  }
}
`,
  });
}

/** y, each invocation one channel of a slab. */
function normalizeProgram(size: number, { dispatch }: ChannelTiles): WebGpuProgram {
  return shaderProgram({
    variableNames: ['X', 'Gamma', 'Beta', 'Statistics'],
    uniforms: tileUniforms,
    workgroupSize: [tileInvocations, 1, 1],
    dispatchLayout: { x: [0], y: [0], z: [0] },
    shaderKey: 'dpquantGroupNormalize',
    outputShape: [size],
    dispatch,
    getUserCode: () => `
${channelTile}

fn main() {
  let share = shareOf();
  if (share.start >= share.end) {
    return;
  }
  let mean = Statistics[2u * share.group];
  let scale = Statistics[2u * share.group + 1u] * Gamma[share.channel];
  let shift = Beta[share.channel];
  for (var position = share.start; position < share.end; position += share.step) {
    let at = indexOf(share, position);
    result[at] = (X[at] - mean) * scale + shift;
  }
}
`,
  });
}

/**
 * See `groupNormalizationOperations` of operations, which defines what it computes. x is read
 * twice.
 */
function groupNormalization(
  backend: WebGpuBackend,
  inputs: { x: tf.TensorInfo; gamma: tf.TensorInfo; beta: tf.TensorInfo },
  { groups, epsilon }: GroupNormalizationAttributes,
): [y: tf.TensorInfo, statistics: tf.TensorInfo] {
  const { shape } = inputs.x;
  const size = tf.util.sizeFromShape(shape);
  if (size === 0) return [tf.zeros(shape), tf.zeros([shape[0]!, groups, 2])];
  const tiles = channelTiles(inputs.x, groups);
  const x = flat(inputs.x);
  const run = (program: WebGpuProgram, operands: tf.TensorInfo[], uniforms = tiles.uniforms) =>
    backend.runWebGPUProgram(program, operands, 'float32', uniforms);
  const ofChannels = run(momentsProgram(tiles), [x]);
  const statistics = run(
    statisticsProgram(tiles),
    [x, ofChannels],
    [...tiles.uniforms, { type: 'float32', data: [epsilon] }],
  );
  backend.disposeData(ofChannels.dataId);
  const y = run(normalizeProgram(size, tiles), [x, inputs.gamma, inputs.beta, statistics]);
  return [reshaped(y, shape), reshaped(statistics, [tiles.n, groups, 2])];
}

export const groupNormalizationConfig = groupNormalizationOperations.forward.on(
  webGpuBackend,
  groupNormalization,
);
