import { requireRow } from './assembleBatch.ts';
import type { Dataset } from './dataset.ts';
import { unitOfEachRow, type PrivacyUnits } from './privacyUnits.ts';

/**
 * The data set of some rows of another, numbered anew from 0 in the order given. Keys of examples
 * and ids of privacy units stay those of the data set it was taken from. Units that have no row
 * left are not counted.
 *
 * Throws RangeError for a row that does not exist or is named twice.
 */
export function subset(dataset: Dataset, rows: ArrayLike<number>): Dataset {
  const chosen = Uint32Array.from(rows, (row) => requireRow(row, dataset.count));
  const placeOfRow = new Map<number, number>();
  chosen.forEach((row, place) => {
    if (placeOfRow.has(row)) {
      throw new RangeError(`subset of ${dataset.name}: row ${row} is named twice`);
    }
    placeOfRow.set(row, place);
  });
  return {
    name: dataset.name,
    count: chosen.length,
    inputShape: dataset.inputShape,
    targetShape: dataset.targetShape,
    classNames: dataset.classNames,
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
  const placesOfUnit = new Map<number, number[]>();
  chosen.forEach((row, place) => {
    const unit = unitOfRow[row]!;
    const places = placesOfUnit.get(unit);
    if (places) places.push(place);
    else placesOfUnit.set(unit, [place]);
  });
  const present = [...placesOfUnit.keys()].sort((a, b) => a - b);
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
    count: present.length,
    rowsOf: (unit) => placesOfUnit.get(originalOf(unit))!,
    idSpace: units.idSpace ?? units.count,
    idOf: (unit) => units.idOf?.(originalOf(unit)) ?? originalOf(unit),
  };
}
