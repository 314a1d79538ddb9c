import type * as tfl from '@tensorflow/tfjs-layers';
import type { Dataset } from '@dpquant/data';
import { runDurably } from '../../durable/runDurably.ts';
import type { DurableRunParts } from '../../durable/runParts.ts';
import type { RunReporter } from '../../durable/runReporter.ts';
import type { RunStore } from '../../durable/runStore.ts';
import type { DurableOutcome } from '../../durable/runSummary.ts';
import { stripesPlan, stripesRun } from '../../testing/smallRun.ts';
import type { FileOperations } from '../durableFile.ts';
import { RunFolder } from '../runFolder.ts';

export interface DurableRunOptions {
  readonly steps: number;
  readonly insecureSeed?: number | undefined;
  readonly training?: Dataset;
  /** Default 2. */
  readonly stepsPerEpoch?: number | undefined;
  /** Steps from one decision of the schedule to the next. Default: those of an epoch. */
  readonly interval?: number | undefined;
  readonly reporter?: RunReporter;
  readonly files?: FileOperations;
  /**
   * A store that the run writes to instead of its folder, to observe it or to reorder its
   * operations.
   */
  readonly storeOf?: (folder: RunFolder, model: tfl.LayersModel) => RunStore;
}

export interface DurableRunResult extends DurableOutcome {
  readonly model: tfl.LayersModel;
}

/** Starts the small run in a run folder. */
export async function startDurableRun(
  path: string,
  options: DurableRunOptions,
  { force = false } = {},
): Promise<DurableRunResult> {
  const { files } = options;
  return runIn(await RunFolder.create(path, { force, ...(files && { files }) }), options);
}

/** Resumes the small run from its last checkpoint. */
export async function resumeDurableRun(
  path: string,
  options: DurableRunOptions,
): Promise<DurableRunResult> {
  const { files } = options;
  return runIn(await RunFolder.open(path, { write: true, ...(files && { files }) }), options);
}

/** Parts of the small run. */
function smallParts({
  steps,
  insecureSeed,
  training,
  stepsPerEpoch = 2,
  interval,
}: Pick<
  DurableRunOptions,
  'steps' | 'insecureSeed' | 'training' | 'stepsPerEpoch' | 'interval'
>): DurableRunParts {
  const run = stripesRun();
  return {
    ...run,
    schedule: { ...run.schedule, interval },
    ...(training && { training }),
    plan: { ...stripesPlan, steps, stepsPerEpoch, accountant: 'rdp' },
    delta: 1e-3,
    ...(insecureSeed !== undefined && { insecureSeed }),
  };
}

async function runIn(
  folder: RunFolder,
  { reporter, storeOf, ...options }: DurableRunOptions,
): Promise<DurableRunResult> {
  try {
    const parts = smallParts(options);
    const store = storeOf?.(folder, parts.model) ?? folder;
    const outcome = await runDurably(store, parts, reporter);
    return { ...outcome, model: parts.model };
  } finally {
    await folder.close();
  }
}

/** A store with some methods replaced. */
export function changedStore(store: RunStore, changes: Partial<RunStore>): RunStore {
  return new Proxy(store, {
    get(target, name) {
      const changed = changes[name as keyof RunStore];
      if (changed !== undefined) return changed;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value as () => unknown).bind(target) : value;
    },
  });
}
