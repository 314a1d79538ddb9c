import { meanSquaredError } from '@dpquant/gradients';
import { mae, r2, rmse } from './metrics/regressionMetrics.ts';
import type { Task } from './task.ts';

/**
 * One number or several, by the mean squared error. Gradients are clipped, so that targets are
 * learned best in a scale of about one: divide them by a public number. Metrics: `r2`, `mae` and
 * `rmse`, means over the outputs as scikit-learn has them.
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
