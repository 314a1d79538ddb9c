import { gridUnit } from '@dpquant/mechanisms';

/**
 * Real values as whole numbers of grid units, or as they are where nothing bounds them. Rounding a sum as a
 * whole is less than rounding what each unit adds: it does not make the sum exact.
 */
export function onGrid(
  values: ArrayLike<number>,
  sensitivity: number,
): { readonly values: Float64Array; readonly gridUnit: number } {
  if (sensitivity === Infinity) return { values: Float64Array.from(values), gridUnit: 1 };
  const unit = gridUnit(sensitivity);
  return { values: Float64Array.from(values, (value) => Math.round(value / unit)), gridUnit: unit };
}
