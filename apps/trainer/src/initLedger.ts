import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { composed, PrivacyLedger, selfComposed, type PrivacyEvent } from '@dpquant/accounting';
import { earlierRunOnSameData, requireSameProtection } from './earlierRun.ts';
import { epsilonText } from './epsilonText.ts';
import type { RunConfig } from './runRecords.ts';
import { UsageError } from './usageError.ts';

/**
 * The ledger that a run begins with: what `--init-ledger` says was spent on the initial weights, or
 * nothing.
 *
 * @throws UsageError when the file is no ledger, or has no guarantee while the run is to have one, or is of
 *   a run that protects other units or examples
 */
export function firstLedger(options: RunConfig['options']): PrivacyLedger {
  const { initLedger: path, delta, epsilon, noiseMultiplier } = options;
  const isPrivate = options.privacy && options.insecureSeed === undefined;
  const own = new PrivacyLedger({ guarantee: isPrivate ? 'differential privacy' : 'none' });
  if (path === undefined) return own;
  const ledger = parseLedger(path);
  if (!isPrivate) return own.importLedger(ledger, path);
  const earlier = earlierRunOnSameData(dirname(path), options);
  if (earlier) requireSameProtection(earlier, options);
  const spent = ledger.epsilon(delta);
  if (ledger.guarantee === 'none' || spent === Infinity) {
    throw new UsageError(
      `init-ledger: ${path} has no guarantee at δ = ${delta}, so that nothing trained from its weights has one; start ` +
        'from other weights, or train with --no-privacy',
    );
  }
  if (noiseMultiplier === undefined && spent >= epsilon) {
    throw new UsageError(
      `init-ledger: ${path} has spent ε = ${epsilonText(spent)} at δ = ${delta} already, of a goal of ${epsilon}; raise ` +
        '--epsilon, or start from other weights',
    );
  }
  return own.importLedger(ledger, path);
}

/** What was spent before a run, by the imported entries of its ledger; null for nothing. */
export function importedEvent({ entries }: Pick<PrivacyLedger, 'entries'>): PrivacyEvent | null {
  const imported = entries.filter(({ source }) => source !== undefined);
  if (imported.length === 0) return null;
  return composed(imported.map(({ event, count }) => selfComposed(event, count)));
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
