import { elementwise } from './operations/elementwise.mjs';
import { products } from './operations/products.mjs';
import { reductions } from './operations/reductions.mjs';
import { shapes } from './operations/shapes.mjs';
import { windowCases } from './operations/windows.mjs';

/**
 * The operations of TensorFlow.js that training relies on, with their gradients.
 *
 * @type {import('../conformanceCase.mjs').ConformanceCase[]}
 */
export const operationCases = [
  ...elementwise,
  ...reductions,
  ...shapes,
  ...products,
  ...windowCases,
];
