export { conv2d, conv2dScratch } from './conv2d';
export { conv2dFilterGradient, conv2dFilterGradientScratch } from './conv2dFilterGradient';
export { conv2dGradientNorm, conv2dGradientNormScratch } from './conv2dGradientNorm';
export { addGridNoise, addGridNoiseOfWords, addGridNoiseScratch } from './gridNoise';
export { conv2dInputGradient, conv2dInputGradientScratch } from './conv2dInputGradient';
export { depthwiseFilterGradient } from './depthwiseFilterGradient';
export { depthwiseInputGradient } from './depthwiseInputGradient';
export { groupNormalization, groupNormalizationScratch } from './groupNormalization';
export {
  groupNormalizationGradient,
  groupNormalizationGradientScratch,
} from './groupNormalizationGradient';
export { quantizeLuqFp4 } from './luqFp4';
export { matMul, matMulScratch } from './matMul';
export { matMulGradientNorm, matMulGradientNormScratch } from './matMulGradientNorm';
export { maxPoolGradient } from './maxPoolGradient';
export { averagePool, maxPool, maxPoolWithPlaces } from './pooling';
export { packColumns, packedBlocks, packedBytes } from './packedColumns';
export { segmentSum, segmentSumScratch } from './segmentSum';
export { packIntegerColumns, packIntegerColumnsScratch } from './integerColumns';
export { integerConv2d, integerConv2dScratch } from './integerConv2d';
export { integerMatMul, integerMatMulScratch } from './integerMatMul';
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
} from './integerGradients';
export { conv2dRoundedSum, matMulRoundedSum, roundedSumScratch } from './roundedSum';
export { quantizeIntegers } from './quantizeIntegers';
export { quantizerScratch } from './philox';
