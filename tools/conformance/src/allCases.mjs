import { layerCases } from './cases/layers.mjs';
import { operationCases } from './cases/operations.mjs';
import { gradientNormCases, productCases } from './cases/products.mjs';
import { quantizerCases } from './cases/quantizers.mjs';
import { trainingCases } from './cases/training.mjs';

/** The suite. @type {import('./conformanceCase.mjs').ConformanceCase[]} */
export const allCases = [
  ...operationCases,
  ...quantizerCases,
  ...productCases,
  ...gradientNormCases,
  ...layerCases,
  ...trainingCases,
];
