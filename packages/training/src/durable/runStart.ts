import { PrivacyLedger } from '@dpquant/accounting';
import { TrainingPlan, type PlanData, type PlanState } from '@dpquant/mechanisms';
import { loadCheckpoint, readCheckpointSettings, type RestoredCheckpoint } from './checkpoint.ts';
import { requireSettings, type Facts } from './checkpointFacts.ts';
import { chargedCount, requirePlanned } from './plannedCharges.ts';
import { eventCount, resumedLedger } from './resumedLedger.ts';
import type { DurableRunParts } from './runParts.ts';
import type { RunStore } from './runStore.ts';
import { RunStoreError } from './runStoreError.ts';

/** Where a run begins or goes on. */
export interface RunStart {
  readonly settings: Facts;
  readonly plan: TrainingPlan;
  readonly ledger: PrivacyLedger;
  /** False as long as the run repeats what the store shows as charged already. */
  readonly needsWriting: () => boolean;
  /** Null before the first one; its weights are in the model. */
  readonly checkpoint: RestoredCheckpoint | null;
}

/** A run that has nothing behind it; nothing is written. */
export function newStart(parts: DurableRunParts): RunStart {
  const guarantee = planOf(parts, new PrivacyLedger()).guarantee;
  const ledger = parts.firstLedger ?? new PrivacyLedger({ guarantee });
  const imported = eventCount(ledger);
  return {
    settings: settingsOf(parts),
    plan: planOf(parts, ledger),
    ledger,
    needsWriting: () => eventCount(ledger) > imported,
    checkpoint: null,
  };
}

/**
 * Reads where a run stands, and puts its weights into the model.
 *
 * @throws Error where settings, model or data are others than it was begun with, or its ledger or
 *   its checkpoint is damaged or none of this run
 */
export async function storedStart(store: RunStore, parts: DurableRunParts): Promise<RunStart> {
  const { model, training, insecureSeed } = parts;
  const settings = settingsOf(parts);
  const onDisk = await store.readLedger();
  const hasCheckpoint = (await store.readCheckpoint()) !== null;
  if (hasCheckpoint) {
    requireSettings(store.name, await readCheckpointSettings(store), settings);
  } else if (chargedCount(onDisk, 'training') + chargedCount(onDisk, 'analysis') > 0) {
    throw new RunStoreError(
      `${store.name}: has charged steps and no checkpoint; restore a copy of it, or start another run`,
    );
  }
  const checkpoint = hasCheckpoint
    ? await loadCheckpoint(store, { model, training, settings })
    : null;
  const { ledger, needsWriting } = resumedLedger(onDisk, checkpoint ?? { charged: 0 }, {
    // A run without a checkpoint has repeated nothing, and keeps what it has imported.
    repeats: checkpoint !== null && insecureSeed !== undefined,
  });
  const plan = planOf(parts, ledger, checkpoint?.plan);
  requirePlanned(`the ledger of ${store.name}`, ledger, plan);
  return { settings, plan, ledger, needsWriting, checkpoint };
}

function planOf(
  { plan, insecureSeed }: DurableRunParts,
  ledger: PrivacyLedger,
  state: PlanState = {},
): TrainingPlan {
  return new TrainingPlan(plan, {
    chargedSteps: chargedCount(ledger, 'training'),
    chargedAnalyses: chargedCount(ledger, 'analysis'),
    insecureSeed,
    state,
  });
}

function settingsOf({ settings, plan, seed, insecureSeed, delta }: DurableRunParts): Facts {
  if (settings) return settings;
  const all = { ...planFacts(plan), seed, insecureSeed, delta };
  return Object.entries(all)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]): [string, string] => [name, JSON.stringify(value)]);
}

function planFacts(plan: PlanData): Record<string, unknown> {
  return Object.fromEntries(Object.entries(plan).map(([name, value]) => [`plan.${name}`, value]));
}
