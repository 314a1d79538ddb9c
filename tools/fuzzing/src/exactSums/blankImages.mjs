/**
 * Large images of equal pixels: all terms of a gradient are equal, so that all roundings of their
 * float sum go the same way, and the sum is as far from the norm as it can be.
 *
 * @returns {import('./drawCase.mjs').SumCase[]}
 */
export function blankImages() {
  const dense = (positions) => ({
    kind: `blank, dense, ${positions.toLocaleString('en')} positions`,
    shape: [positions, 1],
    layers: [{ kind: 'dense', config: { units: 2, useBias: false }, use: 'once' }],
  });
  const convolution = (size, channels) => ({
    kind: `blank, convolution, ${size}×${size}×${channels}`,
    shape: [size, size, channels],
    layers: [
      {
        kind: 'conv2d',
        config: { filters: 2, kernelSize: 3, padding: 'same', useBias: false },
        use: 'once',
      },
    ],
  });
  const all = ['0.1', '1/3', '0.7', '123.4'];
  return [
    ...casesOf(dense(1024), ['float32', 'luq-fp4', 'int8', 'fp16'], all, [0.1, 1]),
    ...casesOf(dense(16_384), ['float32', 'luq-fp4', 'int8', 'fp16'], all, [0.1, 1]),
    ...casesOf(convolution(64, 1), ['float32', 'luq-fp4', 'int8', 'fp16'], all, [0.1, 1]),
    ...casesOf(convolution(224, 3), ['float32', 'luq-fp4'], ['0.1', '0.7'], [1]),
  ].map((drawn, seed) => ({ ...drawn, seed }));
}

function casesOf({ kind, shape, layers }, formats, pixels, clipNorms) {
  const unit = (pixel) => ({
    fill: `equal pixels of ${pixel}`,
    weight: 1,
    targetScale: 300,
    padded: 0,
  });
  const outputs = { units: 2, useBias: false };
  const model = { shape, vocabulary: 0, layers, pool: 'average', outputs, deviation: 0.5 };
  return formats.flatMap((format) =>
    pixels.flatMap((pixel) =>
      clipNorms.map((clipNorm) => ({
        kind,
        model: { ...model, hasOutputLayer: false },
        formats: [format, format],
        method: 'cheaper',
        loss: 'squared',
        rule: { name: 'flat', clipNorm, stability: 1 },
        rowsPerUnit: 1,
        units: [{ ...unit('1/3'), fill: 'ordinary' }, unit(pixel)],
        padding: 'zeros',
        size: 2,
        place: 0,
        order: [0, 1],
        otherCut: [
          [1, 2],
          [2, 0],
        ],
        otherSize: 1,
      })),
    ),
  );
}
