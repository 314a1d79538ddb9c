import { meanSquaredError } from '@dpquant/gradients';
import { mae, r2, rmse } from './metrics/regressionMetrics.ts';
import type { Task } from './task.ts';

/**
 * One or several numbers, with the mean squared error. Since gradients are clipped, targets should
 * be of magnitude about 1: divide them by a public number. Metrics: `r2`, `mae` and `rmse`, means
 * over the outputs as in scikit-learn.
 */
export function regression(): Task {
  return {
    name: 'regression',
    loss: meanSquaredError,
    targetShape: (outputShape) => [outputShape],
    metrics: { r2, mae, rmse },
    expectedTarget: (target) =>
      Array.from(target).every(Number.isFinite) ? null : 'finite numbers',
  };
}
