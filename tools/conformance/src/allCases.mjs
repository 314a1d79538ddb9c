import { layerCases } from './cases/layers.mjs';
import { noiseCases } from './cases/noise.mjs';
import { normalizationCases } from './cases/normalization.mjs';
import { operationCases } from './cases/operations.mjs';
import { gradientNormCases, productCases } from './cases/products.mjs';
import { quantizerCases } from './cases/quantizers.mjs';
import { roundedSumCases } from './cases/roundedSums.mjs';
import { trainingCases } from './cases/training.mjs';

/** The suite. @type {import('./conformanceCase.mjs').ConformanceCase[]} */
export const allCases = [
  ...operationCases,
  ...quantizerCases,
  ...productCases,
  ...gradientNormCases,
  ...roundedSumCases,
  ...normalizationCases,
  ...noiseCases,
  ...layerCases,
  ...trainingCases,
];

/**
 * The cases whose group and name contain one of the texts.
 *
 * @param {string} texts divided by commas; without any, all cases
 */
export function casesWith(texts) {
  return allCases.filter(({ group, name }) =>
    texts.split(',').some((text) => `${group}: ${name}`.includes(text)),
  );
}
