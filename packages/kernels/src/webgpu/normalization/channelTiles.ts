import type * as tf from '@tensorflow/tfjs-core';
import { unsigned, type Uniform } from '../webGpuBackend.ts';

/** Invocations of a workgroup. */
export const tileInvocations = 256;
/**
 * Largest number of channels of a workgroup: 256 consecutive bytes, which a processor reads in one
 * transaction.
 */
const widestTile = 64;
/** Largest number of positions of an invocation. */
const tileDepth = 32;

/**
 * How workgroups divide [n, …, channels]: each one has some neighbouring channels at a slab (a
 * range) of the positions of one example. Each of its invocations has one channel at every k-th
 * position, so that simultaneous reads are consecutive, however few channels a group has.
 */
export interface ChannelTiles {
  readonly n: number;
  readonly channels: number;
  readonly groups: number;
  readonly slabs: number;
  /** Tiles of channels, slabs, examples. */
  readonly dispatch: [number, number, number];
  /** For `tileUniforms`. */
  readonly uniforms: Uniform[];
}

/** Tiles of a tensor that is not empty. */
export function channelTiles({ shape }: tf.TensorInfo, groups: number): ChannelTiles {
  const [n, channels] = [shape[0]!, shape.at(-1)!];
  const positions = shape.slice(1, -1).reduce((product, size) => product * size, 1);
  const width = Math.min(widestTile, 2 ** Math.ceil(Math.log2(channels)));
  const slabSize = (tileInvocations / width) * tileDepth;
  const slabs = Math.ceil(positions / slabSize);
  return {
    n,
    channels,
    groups,
    slabs,
    dispatch: [Math.ceil(channels / width), slabs, n],
    uniforms: unsigned(positions, channels, channels / groups, width, slabSize, slabs),
  };
}

export const tileUniforms =
  'positions : u32, channels : u32, groupSize : u32, width : u32, slabSize : u32, slabs : u32,';

/**
 * WGSL: `shareOf()` returns the values of an invocation (none beyond the last channel); `indexOf`
 * returns the index of one.
 */
export const channelTile = `
struct Share {
  example: u32,
  channel: u32,
  // Among the groups of all examples.
  group: u32,
  start: u32,
  end: u32,
  step: u32,
}

fn shareOf() -> Share {
  let channel = workgroupId.x * uniforms.width + localIndex % uniforms.width;
  let groups = uniforms.channels / uniforms.groupSize;
  let first = workgroupId.y * uniforms.slabSize;
  let end = min(first + uniforms.slabSize, uniforms.positions);
  return Share(
    workgroupId.z,
    channel,
    workgroupId.z * groups + channel / uniforms.groupSize,
    first + localIndex / uniforms.width,
    select(0u, end, channel < uniforms.channels),
    ${tileInvocations}u / uniforms.width,
  );
}

fn indexOf(share: Share, position: u32) -> u32 {
  return (share.example * uniforms.positions + position) * uniforms.channels + share.channel;
}

/** Index of a slab's partial result for a channel. */
fn partIndexOf(example: u32, slab: u32, channel: u32) -> u32 {
  return (example * uniforms.slabs + slab) * uniforms.channels + channel;
}
`;
