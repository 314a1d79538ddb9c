export { conv2d, conv2dScratch } from './conv2d';
export { conv2dFilterGradient, conv2dFilterGradientScratch } from './conv2dFilterGradient';
export { conv2dGradientNorm, conv2dGradientNormScratch } from './conv2dGradientNorm';
export { conv2dInputGradient, conv2dInputGradientScratch } from './conv2dInputGradient';
export { quantizeLuqFp4 } from './luqFp4';
export { matMul, matMulScratch } from './matMul';
export { matMulGradientNorm, matMulGradientNormScratch } from './matMulGradientNorm';
export { packColumns, packedBlocks, packedBytes } from './packedColumns';
