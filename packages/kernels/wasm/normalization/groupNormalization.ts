import { loadValues, promoteHigh, storeValues } from '../quads';

// Group normalization of one example [positions, channels] with scale and shift. Sums are in
// float64.

/** Bytes of scratch that `groupNormalization` needs. */
export function groupNormalizationScratch(channels: usize): usize {
  return 4 * quadBytes(channels);
}

/**
 * Bytes of one float32 per channel, in whole quads; one float64 per channel takes twice as many.
 */
export function quadBytes(channels: usize): usize {
  return ((channels + 3) & ~3) * 4;
}

/**
 * y = gamma·(x − mean)/√(variance + epsilon) + beta.
 *
 * Variances come from squares of distances from the first position, so that large means do not
 * cancel.
 *
 * @param statistics gets mean and 1/√(variance + epsilon) of each group, in float32
 */
export function groupNormalization(
  x: usize,
  gamma: usize,
  beta: usize,
  positions: usize,
  channels: usize,
  groups: usize,
  epsilon: f64,
  y: usize,
  statistics: usize,
  scratch: usize,
): void {
  const means = scratch;
  const squares = scratch + 2 * quadBytes(channels);
  for (let channel: usize = 0; channel < channels; channel += 4) {
    channelMoments(x, positions, channels, channel, means, squares);
  }
  const size = channels / groups;
  for (let group: usize = 0; group < groups; group++) {
    groupMoments(means, squares, positions, group * size, size, epsilon, statistics + group * 8);
  }
  // One float32 per channel each, which overwrite the inputs of the statistics.
  const meansOfChannels = scratch;
  const scales = scratch + quadBytes(channels);
  for (let channel: usize = 0; channel < channels; channel++) {
    const group = statistics + (channel / size) * 8;
    store<f32>(meansOfChannels + channel * 4, load<f32>(group));
    store<f32>(scales + channel * 4, load<f32>(group, 4) * load<f32>(gamma + channel * 4));
  }
  for (let position: usize = 0; position < positions; position++) {
    for (let channel: usize = 0; channel < channels; channel += 4) {
      const count = min(4, channels - channel);
      const at = channel * 4;
      const centred = f32x4.sub(loadValues(x + at, count), v128.load(meansOfChannels + at));
      const scaled = f32x4.mul(centred, v128.load(scales + at));
      storeValues(y + at, f32x4.add(scaled, loadValues(beta + at, count)), count);
    }
    x += channels * 4;
    y += channels * 4;
  }
}

/** Means of four channels over positions, and sums of squared distances from them. */
function channelMoments(
  x: usize,
  positions: usize,
  channels: usize,
  channel: usize,
  means: usize,
  squares: usize,
): void {
  const count = min(4, channels - channel);
  const first = loadValues(x + channel * 4, count);
  const pivotLow = f64x2.promote_low_f32x4(first);
  const pivotHigh = promoteHigh(first);
  let sumLow = f64x2.splat(0);
  let sumHigh = f64x2.splat(0);
  let squareLow = f64x2.splat(0);
  let squareHigh = f64x2.splat(0);
  let source = x + channel * 4;
  for (let position: usize = 0; position < positions; position++) {
    const values = loadValues(source, count);
    const low = f64x2.sub(f64x2.promote_low_f32x4(values), pivotLow);
    const high = f64x2.sub(promoteHigh(values), pivotHigh);
    sumLow = f64x2.add(sumLow, low);
    sumHigh = f64x2.add(sumHigh, high);
    squareLow = f64x2.add(squareLow, f64x2.mul(low, low));
    squareHigh = f64x2.add(squareHigh, f64x2.mul(high, high));
    source += channels * 4;
  }
  const share = f64x2.splat(1 / (positions as f64));
  const meanLow = f64x2.mul(sumLow, share);
  const meanHigh = f64x2.mul(sumHigh, share);
  v128.store(means + channel * 8, f64x2.add(pivotLow, meanLow));
  v128.store(means + channel * 8, f64x2.add(pivotHigh, meanHigh), 16);
  v128.store(squares + channel * 8, f64x2.sub(squareLow, f64x2.mul(sumLow, meanLow)));
  v128.store(squares + channel * 8, f64x2.sub(squareHigh, f64x2.mul(sumHigh, meanHigh)), 16);
}

/** The statistics of a group from those of its channels. */
function groupMoments(
  means: usize,
  squares: usize,
  positions: usize,
  first: usize,
  size: usize,
  epsilon: f64,
  target: usize,
): void {
  let mean: f64 = 0;
  for (let i = first; i < first + size; i++) mean += load<f64>(means + i * 8);
  mean /= size as f64;
  let square: f64 = 0;
  for (let i = first; i < first + size; i++) {
    const distance = load<f64>(means + i * 8) - mean;
    square += load<f64>(squares + i * 8) + (positions as f64) * distance * distance;
  }
  const variance = max<f64>(0, square / ((positions * size) as f64));
  store<f32>(target, mean as f32);
  store<f32>(target, (1 / sqrt<f64>(variance + epsilon)) as f32, 4);
}
