/** Shape and seed of a model; all public. */
export interface ModelOptions {
  /** [height, width, channels] */
  readonly inputShape: readonly [number, number, number];
  readonly classes: number;
  /** Seeds the initial weights: a whole number from 0 to 2⁵³ − 1. */
  readonly seed: number;
}

/**
 * The first layers of an image network: `imagenet` is a 7×7 convolution and max pooling, which
 * leave a sixteenth of the pixels; `cifar` is a 3×3 convolution, which keeps all of them.
 */
export type Stem = 'imagenet' | 'cifar';

const stems: readonly Stem[] = ['imagenet', 'cifar'];

/** Images with longer sides get the ImageNet stem by default. */
const longestSmallSide = 64;

/** Options of the deep networks for images. */
export interface ImageNetworkOptions extends ModelOptions {
  /** Groups of each normalization; must divide the channels of every layer. Default 32. */
  readonly groups?: number;
  /** Default `cifar` for images of up to 64×64 pixels, `imagenet` for larger ones. */
  readonly stem?: Stem;
}

/** Options of the residual networks. */
export interface ResidualNetworkOptions extends ImageNetworkOptions {
  /**
   * Groups of each normalization; must divide `width`. Default: the greatest power of two, up to
   * 32, that leaves at least two channels per group in the first stage (32 at width 64, 8 at width
   * 16); 1 if the width is odd.
   */
  readonly groups?: number;
  /** Filters of the stem and first stage, doubled by each later stage: a whole number from 1. */
  readonly width?: number;
}

/** The chosen stem, or the one that suits the images. */
export function stemOf({ inputShape: [height, width], stem }: ImageNetworkOptions): Stem {
  if (stem === undefined) return Math.max(height, width) > longestSmallSide ? 'imagenet' : 'cifar';
  if (!stems.includes(stem)) {
    throw new RangeError(`stem: expected one of ${stems.join(', ')}, got ${stem}`);
  }
  return stem;
}

/** @throws RangeError unless `model` can take examples of this shape */
export function requireInputs(model: string, inputShape: readonly number[]): void {
  if (inputShape.length === 0 || !inputShape.every(isCount)) {
    throw new RangeError(
      `${model}: inputShape: expected whole numbers from 1, got [${inputShape.join(', ')}]`,
    );
  }
}

/** @throws RangeError unless `model` can take images of this shape */
export function requireImages(
  model: string,
  inputShape: readonly number[],
  smallestSide: number,
): void {
  requireInputs(model, inputShape);
  const shape = `[${inputShape.join(', ')}]`;
  if (inputShape.length !== 3) {
    throw new RangeError(
      `${model}: expected images [height, width, channels], got inputs of shape ${shape}; mlp takes any`,
    );
  }
  const [height, width] = inputShape as [number, number, number];
  if (Math.min(height, width) < smallestSide) {
    throw new RangeError(
      `${model}: expected images of at least ${smallestSide}×${smallestSide} pixels, got ${shape}; ` +
        'enlarge them or choose another model',
    );
  }
}

/** @throws RangeError unless `width` is a valid number of filters */
export function requireWidth(model: string, width: number): void {
  if (!isCount(width)) {
    throw new RangeError(`${model}: width: expected a whole number from 1, got ${width}`);
  }
}

/** @throws RangeError unless `classes` is a whole number from 1 */
export function requireClasses(model: string, classes: number): void {
  if (!isCount(classes)) {
    throw new RangeError(`${model}: classes: expected a whole number from 1, got ${classes}`);
  }
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1;
}
