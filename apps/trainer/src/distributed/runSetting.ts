import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { StartedBackend } from '@dpquant/backends';
import { weightShapes, type RankFacts } from '@dpquant/distributed';
import { layerInfo } from '@dpquant/gradients';
import type { SettingName } from '../flags/settingsConflicts.ts';
import type { RunConfig } from '../run/runRecords.ts';
import { versions } from '../terminal/versions.ts';

/** What rank 0 tells the others before they read data and make their model. */
export interface RunSetting {
  readonly config: Pick<RunConfig, 'options' | 'start' | 'backend'>;
  /** Examples at a time in the part of one rank. */
  readonly physicalBatchSize: number;
  /** Of the hashes by which data are compared. */
  readonly key: string;
}

/** Flags that may differ from rank to rank: where data lie, and what computes. */
const ofMachine: readonly SettingName[] = ['data', 'backend', 'threads'];

/** What is compared between ranks; whatever tells of private rows, by its hash under a key. */
export function rankFacts(
  model: LayersModel,
  backend: Pick<StartedBackend, 'name' | 'device'>,
  given: Readonly<Record<string, unknown>>,
  data: string,
): RankFacts {
  const { dpquant, tfjs } = versions();
  const layers = layerInfo(model).map(({ name, className }) => `${name}: ${className}`);
  return {
    host: hostname(),
    device: deviceText(backend),
    facts: {
      'the version of DPQuant': dpquant!,
      'the version of TensorFlow.js': tfjs!,
      ...Object.fromEntries(
        Object.entries(given)
          .filter(([name]) => !(ofMachine as readonly string[]).includes(name))
          .map(([name, value]) => [name, JSON.stringify(value)]),
      ),
    },
    fingerprints: {
      model: createHash('sha256')
        .update([...layers, weightShapes(model)].join('\n'))
        .digest('hex'),
      'data set': data,
    },
  };
}

/** A rank that has failed before it knew more. */
export function failedFacts(error: Error): RankFacts {
  return { host: hostname(), device: '', facts: {}, fingerprints: {}, error: error.message };
}

function deviceText({ name, device }: Pick<StartedBackend, 'name' | 'device'>): string {
  return `${name}: ${device}`;
}
