import type { Dataset } from '../dataset.ts';
import { DataError } from '../formats/dataError.ts';
import { GrowingRows } from '../growingRows.ts';
import type { PrivacyUnits } from '../privacyUnits.ts';
import { unitsByValue } from '../unitsByValue.ts';
import {
  defaultGreatestWeight,
  isWeight,
  requireGreatest,
  targetsAsWeights,
  weightedDataset,
  weightRemedy,
} from '../weightedDataset.ts';
import { decimalNumber, textFinder } from './cells.ts';
import { columnEncoders } from './columnEncoders.ts';
import { ProblemList } from './problemList.ts';
import { columnFinder, type RowVisitor } from './tableColumns.ts';
import { missingSigns, type CsvOptions } from './tableOptions.ts';
import { classTargets, numberTargets, targetColumnsOf, type TargetKind } from './tableTargets.ts';
import { TableWarnings } from './tableWarnings.ts';
import { replacer } from './replacer.ts';

/** Encodes the rows of a table one after another; cells of inputs are not kept. */
export interface TableReader extends RowVisitor {
  /**
   * The data set of the rows read so far.
   *
   * @throws DataError that names one cell of each wrong column
   */
  dataset(): Dataset;
}

/** Reads the rows of a table with its public options; see `csvTable` and `csvNumbers`. */
export function tableReader(file: string, options: CsvOptions, kind: TargetKind): TableReader {
  let reading: ReturnType<typeof readingOf> | undefined;
  return {
    begin(names) {
      reading = readingOf(names, file, options, kind);
    },
    row: (cells, row) => reading!.row(cells, row),
    dataset: () => reading!.dataset(),
  };
}

function readingOf(
  names: readonly string[],
  file: string,
  options: CsvOptions,
  kind: TargetKind,
): Omit<TableReader, 'begin'> {
  const table = { names };
  const isMissing = textFinder(options.missingValues ?? missingSigns);
  const replaced = replacer(table, file, options.replace);
  const targetColumns = targetColumnsOf(table, file, kind, options.targets);
  const units = unitCells(names, file, options.privacyUnit);
  const weightColumn = weightColumnOf(names, file, options, targetColumns);
  const encoders = columnEncoders(table, file, {
    ...options,
    ...{ targetColumns, targetsAreNumbers: kind === 'numbers', isMissing },
    ...{ weightColumn, unitColumns: units.columns },
  });
  if (kind === 'numbers' && options.classNames) {
    throw new DataError(
      `${file}: classNames (--class-names, --class-count) do not apply to targets that are numbers, which have the names of ` +
        'their columns; leave them out',
    );
  }
  const targets =
    kind === 'numbers'
      ? numberTargets(names, encoders.targets)
      : classTargets(file, targetColumns[0]!, names[targetColumns[0]!]!, options, isMissing);
  const weights =
    weightColumn === undefined
      ? undefined
      : weightCells(weightColumn, encoders.weightScale, file, { ...options, names, isMissing });
  const inputs = [...encoders.inputs];
  const inputNames = inputs.flatMap(([, encoder]) => encoder.inputs);
  const rows = new GrowingRows(inputNames.length);
  const problems = new ProblemList();
  const watch = new TableWarnings(table, encoders.inputs, options);
  return {
    row(given, row) {
      const cells = replaced(given);
      const { values, offset } = rows.add();
      let next = offset;
      for (const [column, encoder] of inputs) {
        const problem = encoder.write(cells[column]!, values, next);
        next += encoder.inputs.length;
        if (problem !== undefined) problems.add(column, problem, row);
      }
      watch.see(cells, values, offset);
      targets.read(cells, row, problems);
      units.read(cells);
      if (weights) problems.reading(() => weights.read(cells, row));
    },
    dataset() {
      problems.refuse(file, names, encoders.targets, options.categories);
      const dataset = targets.dataset(file, {
        rows,
        warnings: watch.sentences(),
        privacyUnits: units.privacyUnits(rows.count),
      });
      return { ...(weights?.apply(dataset) ?? dataset), inputNames };
    },
  };
}

/** Keeps the cells of the columns that name the privacy unit; equal texts are stored once. */
function unitCells(
  names: readonly string[],
  file: string,
  unitNames: CsvOptions['privacyUnit'] = [],
) {
  const columnOf = columnFinder({ names }, file);
  const columns = unitNames.map((name) => columnOf(name, 'privacyUnit (--privacy-unit)'));
  const cellsOf = columns.map((): string[] => []);
  const known = new Map<string, string>();
  return {
    columns,
    read(cells: readonly string[]): void {
      columns.forEach((column, i) => {
        const cell = cells[column]!;
        const same = known.get(cell) ?? cell;
        if (same === cell) known.set(cell, cell);
        cellsOf[i]!.push(same);
      });
    },
    privacyUnits(count: number): PrivacyUnits | undefined {
      if (columns.length === 0) return undefined;
      const where = `${file}, column ${unitNames.join(', ')}`;
      return { ...unitsByValue(cellsOf, count, where), name: unitNames.join(',') };
    },
  };
}

function weightColumnOf(
  names: readonly string[],
  file: string,
  { weights, greatestWeight }: CsvOptions,
  targetColumns: readonly number[],
): number | undefined {
  if (weights !== undefined) {
    const column = columnFinder({ names }, file)(weights, 'the weights: weights (--weights)');
    if (!targetColumns.includes(column)) return column;
    throw new DataError(`${file}, column ${names[column]!}: ${targetsAsWeights('column')}`);
  }
  if (greatestWeight === undefined) return undefined;
  throw new DataError(
    `${file}: greatestWeight (--greatest-weight) is for a column of weights; name it: weights (--weights)`,
  );
}

interface WeightOptions extends Pick<CsvOptions, 'greatestWeight' | 'decimalComma'> {
  readonly names: readonly string[];
  readonly isMissing: (cell: string) => boolean;
}

/** Reads the weight of each row from a column and standardizes it. */
function weightCells(
  column: number,
  { mean, deviation }: { readonly mean: number; readonly deviation: number },
  file: string,
  { names, isMissing, decimalComma, greatestWeight = defaultGreatestWeight }: WeightOptions,
) {
  requireGreatest(greatestWeight);
  const name = names[column]!;
  const weights: number[] = [];
  return {
    read(cells: readonly string[], row: number): void {
      const cell = cells[column]!;
      const weight = (decimalNumber(cell, decimalComma) - mean) / deviation;
      if (isWeight(weight, greatestWeight) && !isMissing(cell)) weights.push(weight);
      else {
        const missing = isMissing(cell) ? 'the weight is missing: leave the row out; ' : '';
        throw new DataError(
          // Without the value, which is private.
          `${file}, row ${row}, column ${name}: ${missing}${weightRemedy(greatestWeight)}` +
            (missing
              ? ''
              : `; a column is divided by standardization (--standardization '${name}=0,10')`),
        );
      }
    },
    apply: (dataset: Dataset) =>
      weightedDataset(dataset, weights, { greatestWeight, where: `${file}, column ${name}` }),
  };
}
