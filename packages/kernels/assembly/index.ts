export { conv2dGradientNorm, conv2dGradientNormScratch } from './conv2dGradientNorm';
export { addGaussianNoise, addGaussianNoiseScratch, addGaussianOfWords } from './gaussianNoise';
export { quantizeLuqFp4 } from './luqFp4';
export { matMul, matMulScratch } from './matMul';
export { matMulGradientNorm, matMulGradientNormScratch } from './matMulGradientNorm';
