import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { RunConfig } from './runRecords.ts';
import { UsageError } from './usageError.ts';

type SeededOptions = RunConfig['options'];

/** The settings of the run in a folder, if it was on the same data. */
export function earlierRunOnSameData(
  folder: string,
  { data }: Pick<SeededOptions, 'data'>,
): SeededOptions | null {
  const config = join(folder, 'config.json');
  if (!existsSync(config) || !existsSync(join(folder, 'ledger.json'))) return null;
  let options: Partial<SeededOptions> | undefined;
  try {
    ({ options } = JSON.parse(readFileSync(config, 'utf8')) as RunConfig);
  } catch {
    return null; // Another program's config.json.
  }
  if (options?.data === undefined || resolve(options.data) !== resolve(data)) return null;
  return options as SeededOptions;
}

/**
 * The ε of two runs add up for the same privacy unit alone; and what was private in the first must not be
 * public in the second.
 *
 * @throws UsageError that says which flags to give
 */
export function requireSameProtection(before: SeededOptions, now: SeededOptions): void {
  if (before.privacyUnit !== now.privacyUnit) {
    const unit = ({ privacyUnit = 'each example' }: SeededOptions) => privacyUnit;
    throw new UsageError(
      `init-ledger: the earlier run protects ${unit(before)}, this one would protect ${unit(now)}, and their ε do not ` +
        'add up; give the same --privacy-unit',
    );
  }
  if (before.seed === now.seed && before.validationFraction === now.validationFraction) return;
  throw new UsageError(
    'init-ledger: this run would split the data otherwise, and use examples as public ones that were private in ' +
      `the earlier run; give --seed ${before.seed} --validation-fraction ${before.validationFraction}`,
  );
}
