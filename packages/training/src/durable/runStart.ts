import { PrivacyLedger } from '@dpquant/accounting';
import { parsePlan, TrainingPlan, type PlanState } from '@dpquant/mechanisms';
import { loadCheckpoint, readCheckpointSettings, type RestoredCheckpoint } from './checkpoint.ts';
import { requireSettings, type Facts } from './checkpointFacts.ts';
import { chargedCount, requirePlanned } from './plannedCharges.ts';
import { eventCount, resumedLedger } from './resumedLedger.ts';
import type { DurableRunParts } from './runParts.ts';
import type { RunStore } from './runStore.ts';
import { RunStoreError } from './runStoreError.ts';

/** The state in which a run starts or resumes. */
export interface RunStart {
  readonly settings: Facts;
  readonly plan: TrainingPlan;
  readonly ledger: PrivacyLedger;
  /** False while the run repeats steps that are already charged in the store. */
  readonly needsWriting: () => boolean;
  /** Null before the first checkpoint; its weights are already in the model. */
  readonly checkpoint: RestoredCheckpoint | null;
}

/**
 * The start of a new run; nothing is written.
 *
 * @throws RangeError for a first ledger that claims a guarantee which the run does not have, or
 *   that has events of its own
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
      "firstLedger: says 'differential privacy', and the run guarantees nothing; create it with guarantee: 'none'",
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
 * Reads the state of a stored run, and puts its weights into the model.
 *
 * @throws Error if settings, model or data have changed, if ledger or checkpoint is damaged or
 *   belongs to another run, or if the run can no longer keep the guarantee in its ledger
 */
export async function storedStart(store: RunStore, parts: DurableRunParts): Promise<RunStart> {
  const { model, training, insecureSeed } = parts;
  const onDisk = await store.readLedger();
  const settings = settingsOf(parts, onDisk);
  const stored = await store.readCheckpoint();
  // Read once, so that the checked checkpoint is the restored one.
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
      `resume: the ledger of ${store.name} says 'differential privacy', and the resumed run guarantees nothing; ` +
        'leave insecureSeed out and plan.guarantee as it was, or start another run',
    );
  }
  const checkpoint = saved && (await loadCheckpoint(saved, { model, training, settings }));
  if (checkpoint) requireSameAverage(store.name, checkpoint, parts);
  const { ledger, needsWriting } = resumedLedger(onDisk, checkpoint ?? { charged: 0 }, {
    // Without a checkpoint nothing is repeated, and imported events are kept.
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

/** Number of events that a run has charged itself. */
function ownCount(ledger: PrivacyLedger): number {
  return chargedCount(ledger, 'training') + chargedCount(ledger, 'analysis');
}

function promisesTooMuch(ledger: PrivacyLedger, guarantee: TrainingPlan['guarantee']): boolean {
  return guarantee === 'none' && ledger.guarantee !== 'none';
}

/** A weight average cannot be added to or dropped from a run. */
function requireSameAverage(
  run: string,
  { weightAverage }: RestoredCheckpoint,
  parts: DurableRunParts,
): void {
  const [had, has] = [weightAverage !== null, parts.weightAverage !== undefined];
  if (had === has) return;
  throw new RunStoreError(
    `resume: the run in ${run} was started ${had ? 'with' : 'without'} a weightAverage; resume it ${had ? 'with one' : 'without'}`,
  );
}

/** The plan is always included: the guarantee was fixed before the first step. */
function settingsOf(parts: DurableRunParts, { run }: PrivacyLedger): Facts {
  const settings = parts.settings ?? factsOf({ run, ...defaultSettings(parts) });
  const names = new Set(settings.map(([name]) => name));
  const plan = Object.fromEntries(
    Object.entries(parsePlan(parts.plan)).map(([name, value]) => [`plan.${name}`, value]),
  );
  const { moreSettings = [] } = parts;
  return [...settings, ...moreSettings, ...factsOf(plan).filter(([name]) => !names.has(name))];
}

/** Distinguishes runs with the same parts; runs with the same insecure seed are the same run. */
function nameOf({ insecureSeed }: DurableRunParts): string | undefined {
  return insecureSeed === undefined ? globalThis.crypto.randomUUID() : undefined;
}

/** Settings that must be the same in a resumed run, by default. */
function defaultSettings(parts: DurableRunParts): object {
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
