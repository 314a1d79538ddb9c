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
  unsigned,
  webGpuBackend,
  type WebGpuBackend,
  type WebGpuProgram,
} from '../webGpuBackend.ts';

/** Invocations that compute the means of a group. */
const groupInvocations = 64;

/**
 * Sums of dy, and of dy·x̂, of every channel at every slab of positions, [2, n, slabs, channels].
 */
function slabSumsProgram({ n, slabs, channels, dispatch }: ChannelTiles): WebGpuProgram {
  return shaderProgram({
    variableNames: ['X', 'Dy', 'Statistics'],
    uniforms: tileUniforms,
    workgroupSize: [tileInvocations, 1, 1],
    dispatchLayout: { x: [0], y: [0], z: [0] },
    shaderKey: 'dpquantGroupGradientSlabs',
    outputShape: [2 * n * slabs * channels],
    dispatch,
    getUserCode: () => `
${channelTile}

var<workgroup> partial: array<vec2<f32>, ${tileInvocations}>;

fn main() {
  let share = shareOf();
  var own = vec2<f32>(0.0);
  if (share.start < share.end) {
    let mean = Statistics[2u * share.group];
    for (var position = share.start; position < share.end; position += share.step) {
      let at = indexOf(share, position);
      let dy = Dy[at];
      own += vec2<f32>(dy, dy * (X[at] - mean));
    }
    own.y *= Statistics[2u * share.group + 1u];
  }
  partial[localIndex] = own;
  for (var distance = ${tileInvocations / 2}u; distance >= uniforms.width; distance >>= 1u) {
    workgroupBarrier();
    if (localIndex < distance) {
      partial[localIndex] += partial[localIndex + distance];
    }
  }
  if (localIndex < uniforms.width && share.channel < uniforms.channels) {
    let at = partIndexOf(share.example, workgroupId.y, share.channel);
    let examples = numWorkgroups.z;
    result[at] = partial[localIndex].x;
    result[examples * uniforms.slabs * uniforms.channels + at] = partial[localIndex].y;
  }
}
`,
  });
}

/** The sums over slabs of one of the two halves, [n, channels]: an invocation each. */
function channelSumsProgram({ n, channels }: ChannelTiles): WebGpuProgram {
  return shaderProgram({
    variableNames: ['Parts'],
    uniforms: 'start : u32, slabs : u32, channels : u32, size : u32,',
    workgroupSize: [groupInvocations, 1, 1],
    dispatchLayout: { x: [0] },
    shaderKey: 'dpquantGroupGradientChannels',
    outputShape: [n * channels],
    dispatch: [Math.ceil((n * channels) / groupInvocations), 1, 1],
    getUserCode: () => `
fn main(index : i32) {
  let i = u32(index);
  if (i >= uniforms.size) {
    return;
  }
  let example = i / uniforms.channels;
  let first = uniforms.start + example * uniforms.slabs * uniforms.channels + i % uniforms.channels;
  var sum = 0.0;
  for (var slab = 0u; slab < uniforms.slabs; slab++) {
    sum += Parts[first + slab * uniforms.channels];
  }
  result[i] = sum;
}
`,
  });
}

/** Means of gamma·dy and of gamma·dy·x̂ of every group, [n, groups, 2]: a workgroup each. */
function groupMeansProgram({ n, groups }: ChannelTiles): WebGpuProgram {
  return shaderProgram({
    variableNames: ['OfBeta', 'OfGamma', 'Gamma'],
    uniforms: tileUniforms,
    workgroupSize: [groupInvocations, 1, 1],
    dispatchLayout: { x: [0], y: [0] },
    shaderKey: 'dpquantGroupGradientMeans',
    outputShape: [n * groups * 2],
    dispatch: [groups, n, 1],
    getUserCode: () => `
var<workgroup> partial: array<vec2<f32>, ${groupInvocations}>;

fn main() {
  let first = workgroupId.x * uniforms.groupSize;
  var own = vec2<f32>(0.0);
  for (var i = localIndex; i < uniforms.groupSize; i += ${groupInvocations}u) {
    let channel = first + i;
    let at = workgroupId.y * uniforms.channels + channel;
    own += Gamma[channel] * vec2<f32>(OfBeta[at], OfGamma[at]);
  }
  partial[localIndex] = own;
  for (var distance = ${groupInvocations / 2}u; distance > 0u; distance >>= 1u) {
    workgroupBarrier();
    if (localIndex < distance) {
      partial[localIndex] += partial[localIndex + distance];
    }
  }
  if (localIndex == 0u) {
    let at = 2u * (workgroupId.y * numWorkgroups.x + workgroupId.x);
    let count = f32(uniforms.positions) * f32(uniforms.groupSize);
    result[at] = partial[0].x / count;
    result[at + 1u] = partial[0].y / count;
  }
}
`,
  });
}

/** dx, each invocation one channel of a slab. */
function inputGradientProgram(size: number, { dispatch }: ChannelTiles): WebGpuProgram {
  return shaderProgram({
    variableNames: ['X', 'Dy', 'Gamma', 'Statistics', 'Means'],
    uniforms: tileUniforms,
    workgroupSize: [tileInvocations, 1, 1],
    dispatchLayout: { x: [0], y: [0], z: [0] },
    shaderKey: 'dpquantGroupGradientInput',
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
  let inverse = Statistics[2u * share.group + 1u];
  let scale = Gamma[share.channel] * inverse;
  let shift = Means[2u * share.group] * inverse;
  let slope = Means[2u * share.group + 1u] * inverse * inverse;
  for (var position = share.start; position < share.end; position += share.step) {
    let at = indexOf(share, position);
    result[at] = (Dy[at] * scale - shift) - (X[at] - mean) * slope;
  }
}
`,
  });
}

/**
 * See `groupNormalizationOperations` of operations, which defines what it computes. With x̂ the
 * normalized values and g = gamma·dy, dx = (g − mean(g) − x̂·mean(g·x̂))/√(variance + epsilon),
 * means over a group, which come from the gradients of gamma and beta. x and dy are read twice.
 */
function groupNormalizationGradient(
  backend: WebGpuBackend,
  inputs: {
    x: tf.TensorInfo;
    dy: tf.TensorInfo;
    gamma: tf.TensorInfo;
    statistics: tf.TensorInfo;
  },
  { groups }: Pick<GroupNormalizationAttributes, 'groups'>,
): [dx: tf.TensorInfo, gamma: tf.TensorInfo, beta: tf.TensorInfo] {
  const { shape } = inputs.x;
  const size = tf.util.sizeFromShape(shape);
  if (size === 0) {
    const ofWeight = [shape[0]!, shape.at(-1)!];
    return [tf.zeros(shape), tf.zeros(ofWeight), tf.zeros(ofWeight)];
  }
  const tiles = channelTiles(inputs.x, groups);
  const { n, slabs, channels } = tiles;
  const [x, dy, statistics] = [flat(inputs.x), flat(inputs.dy), flat(inputs.statistics)];
  const run = (program: WebGpuProgram, operands: tf.TensorInfo[], uniforms = tiles.uniforms) =>
    backend.runWebGPUProgram(program, operands, 'float32', uniforms);
  const parts = run(slabSumsProgram(tiles), [x, dy, statistics]);
  const [ofBeta, ofGamma] = [0, n * slabs * channels].map((start) =>
    run(channelSumsProgram(tiles), [parts], unsigned(start, slabs, channels, n * channels)),
  ) as [tf.TensorInfo, tf.TensorInfo];
  const means = run(groupMeansProgram(tiles), [ofBeta, ofGamma, inputs.gamma]);
  const dx = run(inputGradientProgram(size, tiles), [x, dy, inputs.gamma, statistics, means]);
  for (const { dataId } of [parts, means]) backend.disposeData(dataId);
  return [reshaped(dx, shape), reshaped(ofGamma, [n, channels]), reshaped(ofBeta, [n, channels])];
}

export const groupNormalizationGradientConfig = groupNormalizationOperations.backward.on(
  webGpuBackend,
  groupNormalizationGradient,
);
