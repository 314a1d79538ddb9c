import type { Dataset } from '@dpquant/data';
import {
  builtInDatasets,
  loadDataset,
  loadNumbers,
  loadParts,
  type LoadOptions,
} from '@dpquant/data/node';
import {
  parseCategories,
  parseDelimiter,
  parseMissing,
  parseQuote,
  parseStandardization,
  parseTexts,
} from '../flags/columnArguments.ts';
import { dataFlags } from '../flags/dataFlags.ts';
import { flagText, type Flag, type OptionsOf } from '../flags/flags.ts';
import { hasClassesByOutput, namedArrays } from './namedArrays.ts';
import { hasNumbers } from '../flags/tasks.ts';
import { UsageError } from '../flags/usageError.ts';

/** Data sets that `--data` knows. */
export const builtInDataNames: readonly string[] = [...builtInDatasets.keys()];

/** Which data are read, how, and what is public about them: nothing comes from private rows. */
export interface DataChoice extends Partial<OptionsOf<typeof dataFlags>> {
  /** One of `builtInDataNames`, or a path. */
  readonly data: string;
  /** The task, which decides how targets are read. */
  readonly task?: string;
}

/** Loads a known data set, or the one at a path. */
export async function loadChosenData(choice: DataChoice): Promise<Dataset> {
  const { data } = choice;
  const load = builtInDatasets.get(data);
  if (load) {
    requireNoFlags(choice);
    return load();
  }
  const arrays = namedArrays(choice);
  if (arrays) {
    const { inputs, targets, classNames, ...others } = loadOptions(choice);
    const ofLone = hasClassesByOutput(choice) ? undefined : classNames;
    return loadParts(data, arrays, { ...others, classNames: ofLone });
  }
  return (hasNumbers(choice) ? loadNumbers : loadDataset)(data, loadOptions(choice));
}

/** The options of the loaders that the flags give. */
export function loadOptions(choice: DataChoice): LoadOptions {
  const ifGiven = <T>(text: string | undefined, parse: (text: string) => T) =>
    text === undefined ? undefined : parse(text);
  return {
    privacyUnit: choice.privacyUnit,
    classNames: classNamesOf(choice),
    inputs: choice.inputs,
    targets: choice.targets,
    weights: choice.weights,
    greatestWeight: choice.greatestWeight,
    categories: ifGiven(choice.categories, parseCategories),
    standardization: ifGiven(choice.standardization, parseStandardization),
    drop: ifGiven(choice.drop, parseTexts),
    missing: ifGiven(choice.missing, parseMissing),
    missingValues: ifGiven(choice.missingValues, parseTexts),
    header: choice.header === false ? false : undefined,
    columns: ifGiven(choice.columns, parseTexts),
    delimiter: ifGiven(choice.delimiter, parseDelimiter),
    decimalComma: choice.decimalComma,
    quote: ifGiven(choice.quote, parseQuote),
    skipLines: choice.skipLines,
    encoding: choice.encoding,
    scaleBytes: choice.tokenIds ? false : undefined,
    imageSize: choice.imageSize,
    imageChannels: ifGiven(choice.imageChannels, (text) => (text === '1' ? 1 : 3)),
    exifRotation: choice.exifRotation === false ? false : undefined,
  };
}

function classNamesOf({ classCount, classNames }: DataChoice): readonly string[] | undefined {
  if (classNames !== undefined && classCount !== undefined) {
    throw new UsageError('class-names: these are counted; leave --class-count out');
  }
  if (classCount !== undefined) return Array.from({ length: classCount }, (_, i) => String(i));
  return classNames?.split(',').map((name) => name.trim());
}

/** Refuses flags that are for files only: a built-in data set knows all of this itself. */
function requireNoFlags(choice: DataChoice): void {
  const { data, privacyUnit, classCount } = choice;
  if (privacyUnit !== undefined) {
    throw new UsageError(`privacy-unit: in ${data} each example is one; leave the flag out`);
  }
  if (classCount !== undefined || choice.classNames !== undefined) {
    const flag = classCount !== undefined ? 'class-count' : 'class-names';
    throw new UsageError(`${flag}: the classes of ${data} are known; leave the flag out`);
  }
  for (const [name, flag] of Object.entries<Flag>(dataFlags)) {
    const value = choice[name as keyof typeof dataFlags];
    if (value === undefined || value === flag.value) continue;
    const text = flagText(name, flag).slice(2);
    throw new UsageError(`${text}: is for data in a file; leave the flag out for ${data}`);
  }
}
