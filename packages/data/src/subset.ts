import { requireRow } from './assembleBatch.ts';
import type { Dataset } from './dataset.ts';
import { partsOf } from './exampleParts.ts';
import { RowsByUnit, unitOfEachRow, type PrivacyUnits } from './privacyUnits.ts';

/**
 * A data set of some rows of another, renumbered from 0 in the given order. Keys of examples and
 * ids of privacy units stay the same. Units without remaining rows are not counted.
 *
 * @throws RangeError for a row that does not exist or is given twice
 */
export function subset(dataset: Dataset, rows: ArrayLike<number>): Dataset {
  const chosen = Uint32Array.from(rows, (row) => requireRow(row, dataset.count));
  const isChosen = new Uint8Array(dataset.count);
  for (const row of chosen) {
    if (isChosen[row]) throw new RangeError(`subset of ${dataset.name}: row ${row} is named twice`);
    isChosen[row] = 1;
  }
  return {
    name: dataset.name,
    count: chosen.length,
    inputShape: dataset.inputShape,
    targetShape: dataset.targetShape,
    ...partsOf(dataset),
    classNames: dataset.classNames,
    classesAreCounted: dataset.classesAreCounted ?? false,
    bytesAreScaled: dataset.bytesAreScaled ?? false,
    ...(dataset.greatestWeight !== undefined && { greatestWeight: dataset.greatestWeight }),
    privacyUnits: unitsOfSubset(dataset, chosen),
    async read(places, options) {
      const originals = Array.from(places, (place) => chosen[requireRow(place, chosen.length)]!);
      return dataset.read(originals, options);
    },
  };
}

function unitsOfSubset(dataset: Dataset, chosen: Uint32Array): PrivacyUnits {
  const units = dataset.privacyUnits;
  const unitOfRow = unitOfEachRow(units, dataset.count);
  const unitOfPlace = chosen.map((row) => unitOfRow[row]!);
  const places = new RowsByUnit(unitOfPlace, units.count);
  const present = Uint32Array.from(unitOfPlace)
    .sort()
    .filter((unit, i, sorted) => unit !== sorted[i - 1]);
  const originalOf = (unit: number) => {
    const original = present[unit];
    if (original === undefined) {
      throw new RangeError(
        `privacy unit: expected a whole number below ${present.length}, got ${String(unit)}`,
      );
    }
    return original;
  };
  return {
    ...(units.name !== undefined && { name: units.name }),
    count: present.length,
    rowsOf: (unit) => places.of(originalOf(unit)),
    idSpace: units.idSpace ?? units.count,
    idOf: (unit) => units.idOf?.(originalOf(unit)) ?? originalOf(unit),
  };
}
