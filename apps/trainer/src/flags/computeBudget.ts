import type { ComputeBudget } from '@dpquant/scheduling';
import type { TrainOptions } from './computingOptions.ts';
import { UsageError } from './usageError.ts';

/** How much of the network the flags want in low precision. */
export function budgetOf(options: TrainOptions): ComputeBudget {
  const { quantizedFraction, quantizedLayers, lowPrecisionShare, targetSpeedup } = options;
  const given = [
    quantizedFraction !== undefined && { quantizedFraction },
    quantizedLayers !== undefined && { quantizedLayers },
    lowPrecisionShare !== undefined && { lowPrecisionShare },
    targetSpeedup !== undefined && { theoreticalSpeedup: targetSpeedup },
  ].filter((budget) => budget !== false);
  if (options.otherFormat === options.format && options.format !== 'float32') {
    throw new UsageError(
      `other-format: ${options.format} is the format already; choose another one`,
    );
  }
  return given[0] ?? { quantizedFraction: 0.75 };
}
