import { PrivacyLedger } from '@dpquant/accounting';
import { parsePlan, TrainingPlan, type PlanState } from '@dpquant/mechanisms';
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

/**
 * A run that has nothing behind it; nothing is written.
 *
 * @throws RangeError for a first ledger that promises more than the run, or is another run's own
 */
export function newStart(parts: DurableRunParts): RunStart {
  const plan = planOf(parts, new PrivacyLedger());
  const { guarantee } = plan;
  const ledger = parts.firstLedger ?? new PrivacyLedger({ guarantee, run: nameOf(parts) });
  const imported = eventCount(ledger);
  if (ownCount(ledger) > 0) {
    throw new RangeError(
      `firstLedger: holds ${ownCount(ledger)} events of its own, which would count as steps of this run; give a new ` +
        'ledger that has imported it: new PrivacyLedger().importLedger(ledger, source)',
    );
  }
  if (promisesTooMuch(ledger, guarantee)) {
    throw new RangeError(
      "firstLedger: says 'differential privacy', and the run guarantees nothing; make it with guarantee: 'none'",
    );
  }
  return {
    settings: settingsOf(parts, ledger),
    plan,
    ledger,
    needsWriting: () => eventCount(ledger) > imported,
    checkpoint: null,
  };
}

/**
 * Reads where a run stands, and puts its weights into the model.
 *
 * @throws Error where settings, model or data are others than it was begun with, or its ledger or
 *   its checkpoint is damaged or none of this run, or where the run would no longer keep what its
 *   ledger promises
 */
export async function storedStart(store: RunStore, parts: DurableRunParts): Promise<RunStart> {
  const { model, training, insecureSeed } = parts;
  const onDisk = await store.readLedger();
  const settings = settingsOf(parts, onDisk);
  const stored = await store.readCheckpoint();
  // Read once: what is looked at is what is restored.
  const saved = stored && { name: store.name, readCheckpoint: () => Promise.resolve(stored) };
  if (saved) {
    requireSettings(store.name, await readCheckpointSettings(saved), settings);
  } else if (ownCount(onDisk) > 0) {
    throw new RunStoreError(
      `${store.name}: has charged steps and no checkpoint; restore a copy of it, or start another run`,
    );
  }
  if (promisesTooMuch(onDisk, planOf(parts, new PrivacyLedger()).guarantee)) {
    throw new RunStoreError(
      `resume: the ledger of ${store.name} says 'differential privacy', and the run that is to go on guarantees nothing; ` +
        'leave insecureSeed out and plan.guarantee as it was, or start another run',
    );
  }
  const checkpoint = saved && (await loadCheckpoint(saved, { model, training, settings }));
  if (checkpoint) requireSameAverage(store.name, checkpoint, parts);
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

/** Events that a run has charged itself. */
function ownCount(ledger: PrivacyLedger): number {
  return chargedCount(ledger, 'training') + chargedCount(ledger, 'analysis');
}

function promisesTooMuch(ledger: PrivacyLedger, guarantee: TrainingPlan['guarantee']): boolean {
  return guarantee === 'none' && ledger.guarantee !== 'none';
}

/** An average that begins in the middle of a run, or is dropped there, is another run's. */
function requireSameAverage(
  run: string,
  { weightAverage }: RestoredCheckpoint,
  parts: DurableRunParts,
): void {
  const [had, has] = [weightAverage !== null, parts.weightAverage !== undefined];
  if (had === has) return;
  throw new RunStoreError(
    `resume: the run in ${run} was started ${had ? 'with' : 'without'} a weightAverage; go on ${had ? 'with one' : 'without'}`,
  );
}

/** The plan is always among them: what is guaranteed was fixed before the first step. */
function settingsOf(parts: DurableRunParts, { run }: PrivacyLedger): Facts {
  const settings = parts.settings ?? factsOf({ run, ...unlessSaid(parts) });
  const names = new Set(settings.map(([name]) => name));
  const plan = Object.fromEntries(
    Object.entries(parsePlan(parts.plan)).map(([name, value]) => [`plan.${name}`, value]),
  );
  const { moreSettings = [] } = parts;
  return [...settings, ...moreSettings, ...factsOf(plan).filter(([name]) => !names.has(name))];
}

/** Tells a run from others of the same parts; two of one insecure seed are the same run. */
function nameOf({ insecureSeed }: DurableRunParts): string | undefined {
  return insecureSeed === undefined ? globalThis.crypto.randomUUID() : undefined;
}

/** What a run has to go on with where nobody says what that is. */
function unlessSaid(parts: DurableRunParts): object {
  const { seed, insecureSeed, delta, training, clipping, rowsPerUnit, schedule } = parts;
  const { format, otherFormat, budget, interval } = schedule;
  return {
    seed,
    scheduleSeed: schedule.seed,
    insecureSeed,
    delta,
    data: training.name,
    clipping,
    rowsPerUnit,
    format,
    otherFormat,
    budget,
    scheduleInterval: interval,
    optimizer: parts.optimizer.name,
    task: parts.task?.name,
  };
}

function factsOf(values: object): Facts {
  return Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]): [string, string] => [name, JSON.stringify(value)]);
}
