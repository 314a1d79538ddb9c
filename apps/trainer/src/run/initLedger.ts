import { readFileSync } from 'node:fs';
import { PrivacyLedger } from '@dpquant/accounting';
import type { Dataset } from '@dpquant/data';
import { eventCount } from '@dpquant/training';
import type { TrainOptions } from '../flags/computingOptions.ts';
import {
  hasSamePublicPart,
  isSameData,
  isSameSource,
  type SplitChoice,
} from '../data/dataIdentity.ts';
import { epsilonText } from '../terminal/epsilonText.ts';
import { initialWeightsFile } from '../models/modelZoo.ts';
import { ledgerBeside, provenance } from './provenance.ts';
import { splitSeedOf } from './runPlan.ts';
import type { DataRecord, RunConfig, RunTrace } from './runRecords.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { UsageError } from '../flags/usageError.ts';

type SeededOptions = RunConfig['options'];

/** What was spent before a run on the weights that it starts from. */
export interface SpentBefore {
  /** The ledger of `--init-ledger`. */
  readonly ledger: PrivacyLedger | null;
  /** All runs that the weights come from, on whatever data. */
  readonly runs: readonly RunTrace[];
  /** Fingerprints of the runs whose ledgers are part of it. */
  readonly included: readonly string[];
}

/**
 * Checks that `--init-ledger` belongs to the initial weights.
 *
 * Weights that a run has saved name it and the runs before it, with their data. The ledger of each
 * that was on the data of this run has to be in the one that is given, which has to be one of
 * theirs; what runs on other data have spent is no cost of these.
 *
 * @throws UsageError when the ledger is missing, that of another run, older than the weights, no
 *   ledger, without guarantee while the run is to have one, or of a run that protects other units
 *   or examples
 */
export async function spentBefore(
  options: SeededOptions,
  { dataset, validation }: { dataset: Dataset; validation: Dataset },
  terminal: Pick<Terminal, 'say'>,
): Promise<SpentBefore> {
  const { initLedger } = options;
  const weights = initialWeightsFile(options);
  if (weights === undefined) {
    if (initLedger === undefined) return { ledger: null, runs: [], included: [] };
    throw new UsageError(
      'init-ledger: is about the weights that training starts from; give --init-weights, or the path of a model',
    );
  }
  const runs = await provenance(weights);
  const ledger = initLedger === undefined ? null : parseLedger(initLedger);
  const own = ledger && runs.find(({ run }) => run === ledger.run);
  if (ledger && runs.length > 0) requireTheirs(ledger, own ?? undefined, options, weights);
  const included = own ? [own.run, ...(own.includes ?? [])].filter((run) => run !== undefined) : [];
  const isIncluded = (run: RunTrace) => run === own || included.includes(run.run ?? '');
  const isPrivateRun = isPrivate(options);
  for (const run of runs) {
    if (!(await isSameData(run.data, options, dataset))) continue;
    if (!isIncluded(run)) throw missingLedger(run, runs, weights, options, ledger !== null);
    if (!ledger || !isPrivateRun) continue;
    requireSameProtection(run.data, options);
    await requireSamePublicPart(run.data, validation, options);
  }
  if (ledger && isPrivateRun) requireUseful(ledger, options, terminal);
  if (ledger && runs.length === 0) {
    terminal.say(
      `warning: ${weights} does not say which run it comes from; that ${initLedger} is its ledger is taken on ` +
        'your word',
    );
  }
  return { ledger, runs, included };
}

/**
 * The seed of the split of the run that `--init-ledger` is of: by it, what was private in that run
 * stays private in one that goes on with its weights. Undefined where none is known.
 */
export async function seedOfEarlierRun(options: TrainOptions): Promise<number | undefined> {
  const { initLedger } = options;
  const weights = initialWeightsFile(options);
  if (initLedger === undefined || weights === undefined) return undefined;
  const { run } = parseLedger(initLedger);
  const runs = await provenance(weights);
  return runs.find((trace) => trace.run === run && isSameSource(trace.data, options.data))?.data
    .seed;
}

/**
 * The ledger that a run begins with: what was spent on the initial weights.
 *
 * @param run fingerprint of the run
 */
export function firstLedger(
  options: SeededOptions,
  { ledger }: Pick<SpentBefore, 'ledger'>,
  run?: string,
): PrivacyLedger {
  const guarantee = isPrivate(options) ? 'differential privacy' : 'none';
  const first = new PrivacyLedger({ guarantee, run });
  return ledger ? first.importLedger(ledger, options.initLedger!) : first;
}

/**
 * The ε of two runs add up for the same privacy unit alone; and what was private in the first must
 * not be public in the second.
 *
 * @throws UsageError that says which flags to give
 */
export function requireSameProtection(before: Omit<DataRecord, 'source'>, now: SplitChoice): void {
  if (before.privacyUnit !== now.privacyUnit) {
    const unit = ({ privacyUnit = 'each example' }: { privacyUnit?: string | undefined }) =>
      privacyUnit;
    throw new UsageError(
      `init-ledger: the earlier run protects ${unit(before)}, this one would protect ${unit(now)}, and their ε do not ` +
        'add up; give the same --privacy-unit',
    );
  }
  const { seed, validationFraction } = before;
  if (seed === splitSeedOf(now) && validationFraction === now.validationFraction) return;
  throw new UsageError(
    'init-ledger: this run would split the data otherwise, and use examples as public ones that were private in ' +
      `the earlier run; give --split-seed ${seed} --validation-fraction ${validationFraction}`,
  );
}

function isPrivate({ privacy, insecureSeed }: TrainOptions): boolean {
  return privacy && insecureSeed === undefined;
}

/** The ledger of a run that weights come from, as it was when they were saved, or later. */
function requireTheirs(
  ledger: PrivacyLedger,
  own: RunTrace | undefined,
  { initLedger }: SeededOptions,
  weights: string,
): void {
  if (!own) {
    throw new UsageError(
      `init-ledger: ${initLedger} is not the ledger of the run that ${weights} comes from; give the ledger.json of ` +
        'that run',
    );
  }
  const count = eventCount(ledger);
  if (count >= own.charged) return;
  throw new UsageError(
    `init-ledger: ${initLedger} shows ${count} events, and ${own.charged} were charged when ${weights} was saved; ` +
      'give the ledger.json that its run has left',
  );
}

/**
 * Requires the public part of the earlier run: if rows were added since, the split differs, and
 * rows that were private could become public.
 */
async function requireSamePublicPart(
  record: DataRecord,
  validation: Dataset,
  { data }: SeededOptions,
): Promise<void> {
  if (record.fingerprint === undefined || (await hasSamePublicPart(record, validation))) return;
  throw new UsageError(
    `init-ledger: ${data} has not the rows, or not the order, that the earlier run was on, so that examples that were ` +
      'private then may be public now; restore the data as they were, or start from other weights',
  );
}

/** The error for weights of a run on the same data, whose ledger is missing. */
function missingLedger(
  missing: RunTrace,
  runs: readonly RunTrace[],
  weights: string,
  { data }: SeededOptions,
  hasOther: boolean,
): UsageError {
  if (hasOther) {
    return new UsageError(
      `init-ledger: ${weights} comes from another run on ${data} as well, whose ledger is not in this one; give the ` +
        'ledger of a later run that holds both, or start from weights with one ledger',
    );
  }
  const beside = ledgerBeside(weights);
  const holds = ({ run, includes }: RunTrace) =>
    run === missing.run || (includes ?? []).includes(missing.run ?? '');
  const isTheirs = beside && runs.some((run) => run.run === beside.run && holds(run));
  const ledger = isTheirs ? beside.file : 'with the ledger.json of that run';
  return new UsageError(
    `init-ledger: ${weights} was trained on ${data} as well; give --init-ledger ${ledger}, what that run spent counts`,
  );
}

function requireUseful(
  ledger: PrivacyLedger,
  options: SeededOptions,
  terminal: Pick<Terminal, 'say'>,
): void {
  const { initLedger: path, delta, epsilon, noiseMultiplier } = options;
  const spent = ledger.epsilon(delta);
  if (ledger.guarantee === 'none' || !Number.isFinite(spent)) {
    throw new UsageError(
      `init-ledger: ${path} has no guarantee at δ = ${delta}, so that nothing trained from its weights has one; start ` +
        'from other weights, or train with --no-privacy',
    );
  }
  if (noiseMultiplier === undefined && spent < epsilon && spent > 0.9 * epsilon) {
    terminal.say(
      `warning: ${path} has spent ε = ${epsilonText(spent)} of a goal of ${epsilon}; what is left takes so much noise that ` +
        'the weights may be lost in it, raise --epsilon',
    );
  }
  if (noiseMultiplier === undefined && !(spent < epsilon)) {
    throw new UsageError(
      `init-ledger: ${path} has spent ε = ${epsilonText(spent)} at δ = ${delta} already, of a goal of ${epsilon}; raise ` +
        '--epsilon, or start from other weights',
    );
  }
}

function parseLedger(path: string): PrivacyLedger {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UsageError(`init-ledger: cannot read ${path}: ${(error as Error).message}`);
  }
  try {
    return PrivacyLedger.fromJSON(json);
  } catch (error) {
    throw new UsageError(`init-ledger: ${path}: ${(error as Error).message}`);
  }
}
