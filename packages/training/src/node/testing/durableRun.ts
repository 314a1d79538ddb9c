import { PrivacyLedger } from '@dpquant/accounting';
import type { Dataset } from '@dpquant/data';
import type * as tfl from '@tensorflow/tfjs-layers';
import { smallTrainer, stripes, stripesModel } from '../../testing/smallRun.ts';
import type { TrainingCallbacks, TrainingResult } from '../../trainingRun.ts';
import { loadCheckpoint, saveCheckpoint, type RestoredCheckpoint } from '../checkpoint.ts';
import type { FileOperations } from '../durableFile.ts';
import { resumedLedger, type ResumedLedger } from '../resumedLedger.ts';
import { RunFolder } from '../runFolder.ts';

export interface DurableRunOptions {
  readonly steps: number;
  readonly insecureSeed?: number | undefined;
  readonly training?: Dataset;
  readonly callbacks?: Pick<TrainingCallbacks, 'onStepEnd'>;
  readonly signal?: AbortSignal;
  readonly files?: FileOperations;
  /** Around each saved checkpoint. */
  readonly onSave?: (when: 'begin' | 'end', model: tfl.LayersModel) => void;
  /** Stands in for the folder's own, to break the order on purpose. */
  readonly writeLedger?: (folder: RunFolder, ledger: PrivacyLedger) => Promise<void>;
}

export interface DurableRunResult extends TrainingResult {
  readonly model: tfl.LayersModel;
}

/** The small run in a run folder, from its beginning; two steps an epoch. */
export async function startDurableRun(
  path: string,
  options: DurableRunOptions,
  { force = false } = {},
): Promise<DurableRunResult> {
  const { files } = options;
  const folder = await RunFolder.create(path, { force, ...(files && { files }) });
  try {
    const ledger = new PrivacyLedger();
    await folder.writeLedger(ledger);
    await folder.writeJson('config.json', {});
    return await carryOut(folder, { ledger, needsWriting: () => true }, null, options);
  } finally {
    await folder.close();
  }
}

/** The small run, from its last checkpoint on. */
export async function resumeDurableRun(
  path: string,
  options: DurableRunOptions,
): Promise<DurableRunResult> {
  const { files, insecureSeed } = options;
  const folder = await RunFolder.open(path, { write: true, ...(files && { files }) });
  try {
    const model = stripesModel();
    const charged = await folder.readLedger();
    const checkpoint = await loadCheckpoint(folder.checkpointPath, { model, training: stripes() });
    const repeats = insecureSeed !== undefined;
    const ledger = resumedLedger(charged, checkpoint, { repeats });
    return await carryOut(folder, ledger, { ...checkpoint, model }, options);
  } finally {
    await folder.close();
  }
}

async function carryOut(
  folder: RunFolder,
  { ledger, needsWriting }: ResumedLedger,
  checkpoint: (RestoredCheckpoint & { model: tfl.LayersModel }) | null,
  { steps, insecureSeed, signal, files, onSave, ...options }: DurableRunOptions,
): Promise<DurableRunResult> {
  const training = options.training ?? stripes();
  const writeLedger = options.writeLedger ?? ((to, current) => to.writeLedger(current));
  const { trainer, model, plan } = smallTrainer({
    ...(checkpoint && { model: checkpoint.model }),
    training,
    ledger,
    plan: {
      steps,
      stepsPerEpoch: 2,
      ...(insecureSeed !== undefined && { insecureSeed }),
      ...(checkpoint && { state: checkpoint.plan }),
      chargedSteps: ledger.entries.reduce((sum, { count }) => sum + count, 0),
    },
    persistLedger: async (current) => {
      if (needsWriting()) await writeLedger(folder, current);
    },
    callbacks: {
      ...options.callbacks,
      async onEpochEnd({ epoch }) {
        await folder.appendRecord('metrics.jsonl', { epoch });
        await save();
      },
    },
  });
  const save = async () => {
    onSave?.('begin', model);
    await saveCheckpoint(folder.checkpointPath, {
      model,
      training,
      position: trainer.position,
      plan: plan.state(),
      ledger,
      ...(files && { files }),
    });
    onSave?.('end', model);
  };
  if (checkpoint) {
    trainer.restore(checkpoint.position);
    await folder.truncateRecords('metrics.jsonl', Math.floor(checkpoint.position.step / 2));
  } else {
    await save();
  }
  const result = await trainer.run(signal ? { signal } : {});
  await save();
  return { ...result, model };
}
