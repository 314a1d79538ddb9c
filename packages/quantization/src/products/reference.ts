/**
 * Plain reference of the products of a layer, for any number of bits: each product is a list of
 * terms, output[o] += input[i]·weight[w], which define all three sums. Fast kernels are tested
 * against it, integer ones bit for bit.
 */
export interface ProductTerms {
  /** Sizes of one example's input and output, and of the weight. */
  readonly inputSize: number;
  readonly outputSize: number;
  readonly weightSize: number;
  /** Calls `visit` once for each term; the terms are the same for every example. */
  forEach(visit: (output: number, input: number, weight: number) => void): void;
}

/** The terms of y = a·w, a [positions, p], w [p, d]. */
export function matMulTerms(positions: number, p: number, d: number): ProductTerms {
  return {
    inputSize: positions * p,
    outputSize: positions * d,
    weightSize: p * d,
    forEach(visit) {
      for (let t = 0; t < positions; t++) {
        for (let i = 0; i < p; i++) {
          for (let j = 0; j < d; j++) visit(t * d + j, t * p + i, i * d + j);
        }
      }
    },
  };
}

export interface Conv2dTermsOptions {
  /** [height, width, channels] */
  readonly input: readonly [number, number, number];
  /** [height, width, channels in, channels out] */
  readonly filter: readonly [number, number, number, number];
  readonly strides: readonly [number, number];
  readonly padding: 'same' | 'valid';
}

/** The terms of a convolution in NHWC; sizes and padding as TensorFlow defines them. */
export function conv2dTerms({ input, filter, strides, padding }: Conv2dTermsOptions): ProductTerms {
  const [height, width, channels] = input;
  const [filterHeight, filterWidth, , filters] = filter;
  const along = (size: number, filterSize: number, stride: number) => {
    const same = padding === 'same';
    const out = same ? Math.ceil(size / stride) : Math.ceil((size - filterSize + 1) / stride);
    const total = same ? Math.max(0, (out - 1) * stride + filterSize - size) : 0;
    return { out, before: Math.floor(total / 2) };
  };
  const vertical = along(height, filterHeight, strides[0]);
  const horizontal = along(width, filterWidth, strides[1]);
  return {
    inputSize: height * width * channels,
    outputSize: vertical.out * horizontal.out * filters,
    weightSize: filterHeight * filterWidth * channels * filters,
    forEach(visit) {
      for (let oy = 0; oy < vertical.out; oy++) {
        for (let ox = 0; ox < horizontal.out; ox++) {
          for (let fy = 0; fy < filterHeight; fy++) {
            for (let fx = 0; fx < filterWidth; fx++) {
              const y = oy * strides[0] - vertical.before + fy;
              const x = ox * strides[1] - horizontal.before + fx;
              if (y < 0 || y >= height || x < 0 || x >= width) continue;
              for (let c = 0; c < channels; c++) {
                for (let f = 0; f < filters; f++) {
                  visit(
                    (oy * horizontal.out + ox) * filters + f,
                    (y * width + x) * channels + c,
                    ((fy * filterWidth + fx) * channels + c) * filters + f,
                  );
                }
              }
            }
          }
        }
      }
    },
  };
}

/** Inputs of a reference: integer codes, or floats summed in float64. */
export type Numbers = Int8Array | Int32Array | Float32Array | Float64Array;

/**
 * The three sums of a product: outputs of all examples, gradients with respect to their inputs, and
 * each example's gradient with respect to the weight, one after the other. Exact for integers while
 * the sums stay below 2⁵³; a kernel may use int32 while K·max² < 2³¹.
 */
export function referenceProducts(
  terms: ProductTerms,
  examples: number,
  { input, weight, outputGradient }: { input: Numbers; weight: Numbers; outputGradient: Numbers },
): { output: Float64Array; inputGradient: Float64Array; weightGradients: Float64Array } {
  const { inputSize, outputSize, weightSize } = terms;
  const output = new Float64Array(examples * outputSize);
  const inputGradient = new Float64Array(examples * inputSize);
  const weightGradients = new Float64Array(examples * weightSize);
  for (let n = 0; n < examples; n++) {
    terms.forEach((o, i, w) => {
      const at = { o: n * outputSize + o, i: n * inputSize + i };
      output[at.o]! += input[at.i]! * weight[w]!;
      inputGradient[at.i]! += outputGradient[at.o]! * weight[w]!;
      weightGradients[n * weightSize + w]! += input[at.i]! * outputGradient[at.o]!;
    });
  }
  return { output, inputGradient, weightGradients };
}
