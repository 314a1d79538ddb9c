import type { Dataset } from './dataset.ts';
import { DataError } from './formats/dataError.ts';
import { unitOfEachRow } from './privacyUnits.ts';
import type { Split } from './splitByHash.ts';
import { subset } from './subset.ts';

/**
 * The parts that a data set comes in: private training data, and public validation data outside the
 * guarantee. Returns undefined if it has no parts; use `splitByHash` then.
 *
 * @throws DataError if a privacy unit has rows in both parts: its public rows would be outside a
 *   guarantee that must cover all of its rows
 */
export function splitAsGiven(dataset: Dataset): Split | undefined {
  const { givenSplit, count, privacyUnits, name } = dataset;
  if (!givenSplit) return undefined;
  const isPublic = new Uint8Array(count);
  for (const row of Array.from(givenSplit.validationRows)) isPublic[row] = 1;
  const unitOfRow = unitOfEachRow(privacyUnits, count);
  const isPublicUnit = new Map<number, number>();
  let shared = 0;
  unitOfRow.forEach((unit, row) => {
    const before = isPublicUnit.get(unit);
    if (before === undefined) isPublicUnit.set(unit, isPublic[row]!);
    else if (before !== isPublic[row] && before !== 2) {
      isPublicUnit.set(unit, 2);
      shared++;
    }
  });
  if (shared > 0) {
    const { training, validation } = givenSplit;
    throw new DataError(
      `${name}: expected each privacy unit in one part, got ${shared} with examples in both ${training} and ` +
        `${validation}; what is public of a unit cannot be private: move all of each to one of them`,
    );
  }
  const rows = Array.from({ length: count }, (_, row) => row);
  return {
    training: subset(
      dataset,
      rows.filter((row) => isPublic[row] === 0),
    ),
    validation: subset(
      dataset,
      rows.filter((row) => isPublic[row] === 1),
    ),
  };
}
