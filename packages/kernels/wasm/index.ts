export { conv2d, conv2dScratch } from './products/conv2d';
export { conv2dFilterGradient, conv2dFilterGradientScratch } from './products/conv2dFilterGradient';
export { conv2dGradientNorm, conv2dGradientNormScratch } from './gradients/conv2dGradientNorm';
export { addGridNoise, addGridNoiseOfWords, addGridNoiseScratch } from './noise/addGridNoise';
export { conv2dInputGradient, conv2dInputGradientScratch } from './products/conv2dInputGradient';
export { depthwiseFilterGradient } from './products/depthwiseFilterGradient';
export { depthwiseInputGradient } from './products/depthwiseInputGradient';
export { groupNormalization, groupNormalizationScratch } from './normalization/groupNormalization';
export {
  groupNormalizationGradient,
  groupNormalizationGradientScratch,
} from './normalization/groupNormalizationGradient';
export { quantizeLuqFp4 } from './quantizers/quantizeLuqFp4';
export { matMul, matMulScratch } from './products/matMul';
export { matMulGradientNorm, matMulGradientNormScratch } from './gradients/matMulGradientNorm';
export { maxPoolGradient } from './pooling/maxPoolGradient';
export { averagePool, maxPool, maxPoolWithPlaces } from './pooling/pooling';
export { packColumns, packedBlocks, packedBytes } from './products/packedColumns';
export { segmentSum, segmentSumScratch } from './embedding/segmentSum';
export { packIntegerColumns, packIntegerColumnsScratch } from './integers/integerColumns';
export { integerConv2d, integerConv2dScratch } from './integers/integerConv2d';
export { integerMatMul, integerMatMulScratch } from './integers/integerMatMul';
export {
  integerConv2dGradientNorm,
  integerConv2dGradientNormScratch,
  integerMatMulGradientNorm,
  integerMatMulGradientNormScratch,
  integerWeightGradient,
  integerWeightGradientScratch,
  narrowIntegerImage,
  narrowedIntegerImageBytes,
  packIntegerGradients,
  packedGradientBytes,
} from './integers/integerGradients';
export { conv2dRoundedSum, matMulRoundedSum, roundedSumScratch } from './gradients/roundedSum';
export { quantizeIntegers } from './quantizers/quantizeIntegers';
export { quantizerScratch } from './quantizers/philox';
