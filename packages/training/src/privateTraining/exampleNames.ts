/**
 * Refuses privacy units that are not valid, or not one for each example. All examples without an
 * owner would become one unit.
 */
export function requireUnits(units: ArrayLike<unknown>, count: number, label: string): void {
  for (let i = 0; i < units.length; i++) {
    const unit = units[i];
    if (typeof unit === 'string' || (typeof unit === 'number' && !Number.isNaN(unit))) continue;
    throw new TypeError(
      `${label}[${i}]: expected a number or a name, got ${unit === null ? 'null' : Number.isNaN(unit) ? 'NaN' : typeof unit}; say of each ` +
        'example whose it is',
    );
  }
  if (units.length !== count) {
    throw new RangeError(
      `${label}: expected one for each of ${count} examples, got ${units.length}`,
    );
  }
}

/** Checks that there is one name per output unit; a single logit has two classes. */
export function requireNameCount(
  { length }: readonly string[],
  outputShape: readonly number[],
  label: string,
): void {
  const outputs = outputShape.reduce((a, b) => a * b, 1);
  if (length === 0 || (outputs === 1 ? length >= 2 : length === outputs)) return;
  throw new RangeError(
    `${label}: expected ${outputs === 1 ? 'two names, of no and of yes,' : `${outputs} names, as the model has outputs,`} got ${length}`,
  );
}
