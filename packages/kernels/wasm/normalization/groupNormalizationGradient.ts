import { quadBytes } from './groupNormalization';
import { loadValues, promoteHigh, storeValues } from '../quads';

/** Bytes of scratch that `groupNormalizationGradient` needs. */
export function groupNormalizationGradientScratch(channels: usize): usize {
  return 8 * quadBytes(channels);
}

/**
 * The gradient of `groupNormalization`: dx, and this example's gradients of gamma and beta. With x̂
 * the normalized values and g = gamma·dy, dx = (g − mean(g) − x̂·mean(g·x̂))/√(variance + epsilon),
 * means over a group. Sums are in float64.
 *
 * @param statistics as `groupNormalization` writes them
 * @param dGamma one value per channel, like dBeta
 */
export function groupNormalizationGradient(
  x: usize,
  dy: usize,
  gamma: usize,
  statistics: usize,
  positions: usize,
  channels: usize,
  groups: usize,
  dx: usize,
  dGamma: usize,
  dBeta: usize,
  scratch: usize,
): void {
  const size = channels / groups;
  const bytes = quadBytes(channels);
  const sums = scratch;
  const products = sums + 2 * bytes;
  const means = products + 2 * bytes;
  const scales = means + bytes;
  const shifts = scales + bytes;
  const slopes = shifts + bytes;
  for (let channel: usize = 0; channel < channels; channel++) {
    store<f32>(means + channel * 4, load<f32>(statistics + (channel / size) * 8));
  }
  for (let channel: usize = 0; channel < channels; channel += 4) {
    channelSums(x, dy, positions, channels, channel, means, sums, products);
  }
  for (let group: usize = 0; group < groups; group++) {
    const inverseDeviation = load<f32>(statistics + group * 8, 4) as f64;
    const first = group * size;
    let sum: f64 = 0;
    let projection: f64 = 0;
    for (let i = first; i < first + size; i++) {
      const ofGamma = load<f64>(products + i * 8) * inverseDeviation;
      const ofBeta = load<f64>(sums + i * 8);
      store<f32>(dGamma + i * 4, ofGamma as f32);
      store<f32>(dBeta + i * 4, ofBeta as f32);
      const scale = load<f32>(gamma + i * 4) as f64;
      store<f32>(scales + i * 4, (scale * inverseDeviation) as f32);
      sum += scale * ofBeta;
      projection += scale * ofGamma;
    }
    const share = inverseDeviation / ((positions * size) as f64);
    for (let i = first; i < first + size; i++) {
      store<f32>(shifts + i * 4, (sum * share) as f32);
      store<f32>(slopes + i * 4, (projection * share * inverseDeviation) as f32);
    }
  }
  for (let position: usize = 0; position < positions; position++) {
    for (let channel: usize = 0; channel < channels; channel += 4) {
      const count = min(4, channels - channel);
      const at = channel * 4;
      const centred = f32x4.sub(loadValues(x + at, count), v128.load(means + at));
      const scaled = f32x4.mul(loadValues(dy + at, count), v128.load(scales + at));
      const projected = f32x4.mul(centred, v128.load(slopes + at));
      const result = f32x4.sub(f32x4.sub(scaled, v128.load(shifts + at)), projected);
      storeValues(dx + at, result, count);
    }
    x += channels * 4;
    dy += channels * 4;
    dx += channels * 4;
  }
}

/** Sums of dy, and of dy·(x − mean), of four channels over positions. */
function channelSums(
  x: usize,
  dy: usize,
  positions: usize,
  channels: usize,
  channel: usize,
  means: usize,
  sums: usize,
  products: usize,
): void {
  const count = min(4, channels - channel);
  const mean = v128.load(means + channel * 4);
  let sumLow = f64x2.splat(0);
  let sumHigh = f64x2.splat(0);
  let productLow = f64x2.splat(0);
  let productHigh = f64x2.splat(0);
  let at = channel * 4;
  for (let position: usize = 0; position < positions; position++) {
    const centred = f32x4.sub(loadValues(x + at, count), mean);
    const gradients = loadValues(dy + at, count);
    const low = f64x2.promote_low_f32x4(gradients);
    const high = promoteHigh(gradients);
    sumLow = f64x2.add(sumLow, low);
    sumHigh = f64x2.add(sumHigh, high);
    productLow = f64x2.add(productLow, f64x2.mul(low, f64x2.promote_low_f32x4(centred)));
    productHigh = f64x2.add(productHigh, f64x2.mul(high, promoteHigh(centred)));
    at += channels * 4;
  }
  v128.store(sums + channel * 8, sumLow);
  v128.store(sums + channel * 8, sumHigh, 16);
  v128.store(products + channel * 8, productLow);
  v128.store(products + channel * 8, productHigh, 16);
}
