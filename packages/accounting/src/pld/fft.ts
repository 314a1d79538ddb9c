/** Read once, because reading `Math` is slow in the sandbox of a test runner. */
const { cos, sin, PI } = Math;

/**
 * Discrete Fourier transforms of one power-of-two length, in place, on split complex arrays. The
 * forward transform leaves its result in bit-reversed order and the inverse expects it so, which
 * saves two passes over memory; a convolution accesses the frequencies through `forEachFrequency`.
 */
export class FourierTransform {
  readonly length: number;
  /**
   * Bound of ‖error‖₂ / ‖result‖₂ of one transform: 8 unit roundoffs for each factor 2 of the
   * length (Higham, "Accuracy and stability of numerical algorithms", theorem 24.2).
   */
  readonly relativeError: number;
  readonly #cosines: Float64Array;
  readonly #sines: Float64Array;

  /** @param length a power of two ≥ 8 */
  constructor(length: number) {
    this.length = length;
    this.relativeError = 4 * Number.EPSILON * Math.log2(length);
    this.#cosines = new Float64Array(length / 2);
    this.#sines = new Float64Array(length / 2);
    for (let index = 0; index <= length / 8; index++) {
      const cosine = cos((2 * PI * index) / length);
      const sine = sin((2 * PI * index) / length);
      this.#setTwiddle(index, cosine, sine);
      this.#setTwiddle(length / 4 - index, sine, cosine);
      this.#setTwiddle(length / 4 + index, -sine, cosine);
      if (index > 0) this.#setTwiddle(length / 2 - index, -cosine, sine);
    }
  }

  #setTwiddle(index: number, cosine: number, sine: number): void {
    this.#cosines[index] = cosine;
    this.#sines[index] = sine;
  }

  /** Natural order in, bit-reversed order out; kernel e^(−2πi·jk/N). */
  forward(re: Float64Array, im: Float64Array): void {
    const { length } = this;
    const cosines = this.#cosines;
    const sines = this.#sines;
    let quarter = length / 4;
    for (let stride = 1; quarter >= 1; quarter /= 4, stride *= 4) {
      for (let start = 0; start < length; start += 4 * quarter) {
        for (let offset = 0, twiddle = 0; offset < quarter; offset++, twiddle += stride) {
          const c1 = cosines[twiddle]!;
          const s1 = sines[twiddle]!;
          const c2 = cosines[2 * twiddle]!;
          const s2 = sines[2 * twiddle]!;
          const c3 = c1 * c2 - s1 * s2;
          const s3 = c1 * s2 + s1 * c2;
          const a = start + offset;
          const b = a + quarter;
          const c = b + quarter;
          const d = c + quarter;
          const sumRe = re[a]! + re[c]!;
          const sumIm = im[a]! + im[c]!;
          const otherRe = re[b]! + re[d]!;
          const otherIm = im[b]! + im[d]!;
          const differenceRe = re[a]! - re[c]!;
          const differenceIm = im[a]! - im[c]!;
          const turnedRe = im[b]! - im[d]!;
          const turnedIm = re[d]! - re[b]!;
          re[a] = sumRe + otherRe;
          im[a] = sumIm + otherIm;
          const x1 = sumRe - otherRe;
          const y1 = sumIm - otherIm;
          re[b] = x1 * c2 + y1 * s2;
          im[b] = y1 * c2 - x1 * s2;
          const x2 = differenceRe + turnedRe;
          const y2 = differenceIm + turnedIm;
          re[c] = x2 * c1 + y2 * s1;
          im[c] = y2 * c1 - x2 * s1;
          const x3 = differenceRe - turnedRe;
          const y3 = differenceIm - turnedIm;
          re[d] = x3 * c3 + y3 * s3;
          im[d] = y3 * c3 - x3 * s3;
        }
      }
    }
    if (quarter === 0.5) butterflies(re, im);
  }

  /** Bit-reversed order in, natural order out; kernel e^(2πi·jk/N)/N. */
  inverse(re: Float64Array, im: Float64Array): void {
    const { length } = this;
    const cosines = this.#cosines;
    const sines = this.#sines;
    const isOdd = Math.log2(length) % 2 === 1;
    if (isOdd) butterflies(re, im);
    let quarter = isOdd ? 2 : 1;
    for (let stride = length / 4 / quarter; quarter < length; quarter *= 4, stride /= 4) {
      for (let start = 0; start < length; start += 4 * quarter) {
        for (let offset = 0, twiddle = 0; offset < quarter; offset++, twiddle += stride) {
          const c1 = cosines[twiddle]!;
          const s1 = sines[twiddle]!;
          const c2 = cosines[2 * twiddle]!;
          const s2 = sines[2 * twiddle]!;
          const c3 = c1 * c2 - s1 * s2;
          const s3 = c1 * s2 + s1 * c2;
          const a = start + offset;
          const b = a + quarter;
          const c = b + quarter;
          const d = c + quarter;
          const bRe = re[b]! * c2 - im[b]! * s2;
          const bIm = im[b]! * c2 + re[b]! * s2;
          const cRe = re[c]! * c1 - im[c]! * s1;
          const cIm = im[c]! * c1 + re[c]! * s1;
          const dRe = re[d]! * c3 - im[d]! * s3;
          const dIm = im[d]! * c3 + re[d]! * s3;
          const sumRe = re[a]! + bRe;
          const sumIm = im[a]! + bIm;
          const differenceRe = re[a]! - bRe;
          const differenceIm = im[a]! - bIm;
          const otherRe = cRe + dRe;
          const otherIm = cIm + dIm;
          const turnedRe = dIm - cIm;
          const turnedIm = cRe - dRe;
          re[a] = sumRe + otherRe;
          im[a] = sumIm + otherIm;
          re[b] = differenceRe + turnedRe;
          im[b] = differenceIm + turnedIm;
          re[c] = sumRe - otherRe;
          im[c] = sumIm - otherIm;
          re[d] = differenceRe - turnedRe;
          im[d] = differenceIm - turnedIm;
        }
      }
    }
    for (let index = 0; index < length; index++) {
      re[index]! /= length;
      im[index]! /= length;
    }
  }
}

/**
 * The transforms of all pairs of neighbours: the pass that remains if the length is not a power of
 * four.
 */
function butterflies(re: Float64Array, im: Float64Array): void {
  for (let a = 0; a < re.length; a += 2) {
    const differenceRe = re[a]! - re[a + 1]!;
    const differenceIm = im[a]! - im[a + 1]!;
    re[a]! += re[a + 1]!;
    im[a]! += im[a + 1]!;
    re[a + 1] = differenceRe;
    im[a + 1] = differenceIm;
  }
}

/**
 * Visits every frequency once, together with its opposite (the negative one, or itself), by their
 * positions in bit-reversed order: there, each stretch between two powers of two is its own mirror
 * image.
 */
export function forEachFrequency(
  length: number,
  visit: (position: number, opposite: number) => void,
): void {
  visit(0, 0);
  for (let block = 1; block < length; block *= 2) {
    for (
      let position = block, opposite = 2 * block - 1;
      position <= opposite;
      position++, opposite--
    ) {
      visit(position, opposite);
    }
  }
}
