import { DataError } from '../formats/dataError.ts';
import { unitName } from '../unitName.ts';
import { nameFinder } from './cells.ts';
import { categoryEncoder, numberEncoder, type ColumnEncoder } from './columnEncoder.ts';
import { columnFinder, unnamedColumn, type NamedRows } from './tableColumns.ts';
import type { CsvOptions, MissingRule } from './tableOptions.ts';

interface EncodersOptions extends CsvOptions {
  /** Columns of targets; none is an input. */
  readonly targetColumns: readonly number[];
  /** Whether the targets are numbers and not classes. */
  readonly targetsAreNumbers: boolean;
  /** Column of the weights; not an input. */
  readonly weightColumn: number | undefined;
  /** Columns of the privacy unit; none is an input. */
  readonly unitColumns: readonly number[];
  readonly isMissing: (cell: string) => boolean;
}

/** Encoders by column, in the order of the columns. */
interface ColumnEncoders {
  readonly inputs: ReadonlyMap<number, ColumnEncoder>;
  /** Encoders of numeric targets, in the order in which the targets are named; else empty. */
  readonly targets: ReadonlyMap<number, ColumnEncoder>;
  /** Public mean and deviation of the weights. */
  readonly weightScale: Scale;
}

interface Scale {
  readonly mean: number;
  readonly deviation: number;
}

const asItIs: Scale = { mean: 0, deviation: 1 };

/**
 * Creates the encoders of all input columns and numeric targets.
 *
 * @throws DataError for rules of columns that do not exist or are not inputs, two rules for one
 *   column, and a column without a name
 */
export function columnEncoders(
  table: Pick<NamedRows, 'names'>,
  file: string,
  options: EncodersOptions,
): ColumnEncoders {
  const { categories = {}, standardization = {}, drop = [], decimalComma } = options;
  const { targetColumns, targetsAreNumbers, weightColumn, unitColumns, isMissing } = options;
  const { names } = table;
  const columnOf = columnFinder(table, file);
  const byColumn = <T>(rules: Readonly<Record<string, T>>, option: string) => {
    const entries = Object.entries(rules).map(([name, rule]): [number, T] => [
      columnOf(name, option),
      rule,
    ]);
    const found = new Map(entries);
    if (found.size === entries.length) return found;
    throw new DataError(
      `${file}: expected each column once in ${option}, got ${Object.keys(rules).join(', ')}`,
    );
  };
  const dropped = new Set(drop.map((name) => columnOf(name, 'drop (--drop)')));
  const noInputs = new Set([...targetColumns, ...unitColumns, weightColumn]);
  const needed = [...dropped].find((column) => noInputs.has(column));
  if (needed !== undefined) {
    throw new DataError(
      `${file}: drop (--drop) cannot leave out the columns of the class or targets, the weight and the privacy unit, which are ` +
        `not inputs, got ${names[needed]!}; remove it from the list, which may be in the file beside the table`,
    );
  }
  const known = byColumn(categories, 'categories (--categories)');
  const scales = byColumn(standardization, 'standardization (--standardization)');
  const { '*': otherRule = 'refuse', ...ruleOfName } = missingRules(options.missing);
  const rules = byColumn(ruleOfName, 'missing (--missing)');
  const isInput = (column: number) => !noInputs.has(column) && !dropped.has(column);
  for (const column of [...known.keys(), ...scales.keys(), ...rules.keys()]) {
    if (isInput(column) && !(known.has(column) && scales.has(column))) continue;
    if (targetsAreNumbers && targetColumns.includes(column) && !known.has(column)) continue;
    if (column === weightColumn && !known.has(column) && !rules.has(column)) continue;
    throw new DataError(
      `${file}, column ${names[column]!}: categories, standardization and missing apply to columns of inputs (only one of the first two per column), ` +
        'standardization and missing also to targets that are numbers (--task regression); the values of the class are ' +
        'classNames (--class-names)',
    );
  }
  const inputs = names.flatMap((name, column) => (isInput(column) ? [{ name, column }] : []));
  if (inputs.length === 0) {
    throw new DataError(
      `${file}: expected a column of inputs beside ${names.join(', ')}, which are the targets, the weight and the unit` +
        (drop.length === 0 ? '' : ', or dropped'),
    );
  }
  return {
    inputs: new Map(inputs.map(({ name, column }) => [column, encoderOf(name, column)])),
    weightScale: weightColumn === undefined ? asItIs : scaleOf(weightColumn),
    targets: new Map(
      (targetsAreNumbers ? targetColumns : []).map((column) => [column, targetEncoderOf(column)]),
    ),
  };

  function encoderOf(name: string, column: number): ColumnEncoder {
    const rule = rules.get(column);
    const missing = rule ?? otherRule;
    const categories = known.get(column);
    if (rule !== undefined) requireRule(rule, categories, name, file);
    if (categories) return categoryEncoder(categories, { name, isMissing, missing });
    if (!scales.has(column) && unnamedColumn.test(name)) {
      throw new DataError(
        `${file}: column ${column + 1} has no name (${JSON.stringify(name)}) and seems to number the rows; ` +
          `leave it out: drop (--drop '${name}'); if it is no row number, give it a name, or standardization`,
      );
    }
    return numberEncoder(scaleOf(column), { name, isMissing, missing }, decimalComma);
  }

  function targetEncoderOf(column: number): ColumnEncoder {
    const name = names[column]!;
    // A rule for all columns applies to the inputs only.
    const missing = rules.get(column) ?? 'refuse';
    if (missing !== 'refuse' && typeof missing !== 'number') {
      throw new DataError(
        `${file}, column ${name}: expected missing of a target to be refuse or a number, got ${JSON.stringify(missing)}`,
      );
    }
    return numberEncoder(scaleOf(column), { name, isMissing, missing }, decimalComma);
  }

  function scaleOf(column: number): Scale {
    const { mean, deviation } = scales.get(column) ?? asItIs;
    if (Number.isFinite(mean) && deviation > 0 && Number.isFinite(deviation)) {
      return { mean, deviation };
    }
    throw new DataError(
      `${file}, column ${names[column]!}: expected a mean and a positive deviation`,
    );
  }
}

const missingRules = (
  missing: CsvOptions['missing'] = 'refuse',
): Readonly<Record<string, MissingRule>> =>
  typeof missing === 'string' ? { '*': missing } : missing;

/**
 * Checks that a substitute for missing cells suits the column: a number or one of the categories.
 */
function requireRule(
  rule: MissingRule,
  categories: readonly string[] | undefined,
  name: string,
  file: string,
): void {
  if (rule === 'refuse' || rule === 'indicator') {
    if (!categories?.some((category) => unitName(category) === rule)) return;
    throw new DataError(
      `${file}, column ${name}: expected no category called ${rule}, which is a rule of missing; replace it by ` +
        'another name: replace',
    );
  }
  const isKnown = categories
    ? nameFinder(categories)(String(rule)) !== -1
    : typeof rule === 'number' && Number.isFinite(rule);
  if (isKnown) return;
  throw new DataError(
    `${file}, column ${name}: expected missing to be refuse, indicator or ` +
      `${categories ? `one of the categories, ${categories.join(', ')}` : 'a number'}, got ${JSON.stringify(rule)}`,
  );
}
