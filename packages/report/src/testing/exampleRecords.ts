import type { ComparedRow, ComparisonRecord } from '../comparisonRecord.ts';
import type { MetricsRecord, RunRecords, ScheduleRecord } from '../runRecords.ts';

export interface ExampleRun {
  readonly layers?: readonly string[];
  readonly epochs?: number;
  readonly formats?: readonly string[];
  /** Number of decisions in each epoch. */
  readonly parts?: number;
  readonly hasProbabilities?: boolean;
  readonly accuracy?: (epoch: number) => number;
}

/** The layers of ResNet-18, by name. */
export const resnetLayers = [
  'stem',
  ...[1, 2, 3, 4].flatMap((stage) => [
    ...[1, 2].flatMap((block) => [1, 2].map((conv) => `stage${stage}-block${block}-conv${conv}`)),
    ...(stage > 1 ? [`stage${stage}-block1-shortcut`] : []),
  ]),
  'head',
];

/** Records of a finished private run. */
export function exampleRun({
  layers = ['conv1', 'conv2', 'conv3', 'dense'],
  epochs = 3,
  formats = ['luq-fp4', 'float32'],
  parts = 1,
  hasProbabilities = false,
  accuracy = (epoch) => 0.92 - 0.3 / (epoch + 2),
}: ExampleRun = {}): RunRecords {
  const stepsPerEpoch = 16;
  const steps = epochs * stepsPerEpoch;
  const metrics: MetricsRecord[] = Array.from({ length: epochs }, (_, epoch) => ({
    epoch,
    step: (epoch + 1) * stepsPerEpoch,
    epsilon: 3 * Math.sqrt((epoch + 1) / epochs),
    validationAccuracy: accuracy(epoch),
  }));
  const values = (i: number, scale: number) =>
    Object.fromEntries(layers.map((layer, j) => [layer, scale * Math.sin(i + 2 * j)]));
  const schedule: ScheduleRecord[] = Array.from({ length: epochs * parts }, (_, i) => {
    const impacts = { released: values(i, 0.05), smoothed: values(i, 0.04) };
    const probabilities = Object.fromEntries(
      layers.map((layer, j) => [layer, Math.abs(Math.sin(i + j))]),
    );
    return {
      epoch: Math.floor(i / parts),
      ...(parts > 1 && { step: (i * stepsPerEpoch) / parts }),
      layers: Object.fromEntries(
        layers.map((layer, j) => [layer, formats[(i + j + ((i * j) % 3)) % formats.length]!]),
      ),
      ...(i % 2 === 0 && { impacts }),
      ...(hasProbabilities && { probabilities }),
    };
  });
  return {
    name: 'digits',
    config: {
      options: {
        ...{ data: '/home/somebody/digits.npz', model: 'small-cnn', policy: 'loss-aware' },
        ...{ format: 'luq-fp4', epsilon: 3, delta: 1e-5, epochs, batchSize: 512, privacy: true },
        ...{ learningRateSchedule: 'constant', seed: 2_038_358_363, flip: true },
      },
      given: ['data', 'epochs'],
      plan: { unitCount: 8000, sampleRate: 0.064, steps, stepsPerEpoch, accountant: 'pld' },
      backend: { name: 'wasm', device: 'WebAssembly with SIMD, 2 threads', products: 'integer' },
      versions: { dpquant: '0.0.0', node: '20.20.2' },
    },
    metrics,
    schedule,
    summary: {
      ...{
        guarantee: 'differential privacy',
        arithmetic: 'exact',
        epsilon: 2.999_998_7,
        epsilonSpent: 2.999_998_7,
      },
      ...{ delta: 1e-5, epsilonTarget: 3, accuracy: accuracy(epochs - 1), quantizedFraction: 0.75 },
      ...{ theoreticalSpeedup: 2.583_998, seconds: 17.376, examplesPerSecond: 1414.3, steps },
      ...{ noiseMultiplier: 1.057_414, analyses: { count: 2 }, stopped: 'finished' },
    },
    spending: {
      parts: { training: 2.952_361, analyses: 0.631_2, imported: 0 },
      total: 2.999_998_7,
      steps,
      guarantee: 'differential privacy',
    },
  };
}

export interface ExampleComparison {
  readonly rows?: number;
  readonly seeds?: number;
  readonly isMeasured?: boolean;
  readonly epochs?: number;
}

/** A comparison, and its runs by cell. */
export function exampleComparison({
  rows = 12,
  seeds: seedCount = 5,
  isMeasured = true,
  epochs = 10,
}: ExampleComparison = {}): { record: ComparisonRecord; runs: Map<string, RunRecords> } {
  const seeds = Array.from({ length: seedCount }, (_, i) => i + 1);
  const settings = ['static', 'probabilistic', 'loss-aware'].flatMap((policy) =>
    ['luq-fp4', 'int8'].flatMap((format) =>
      [0.5, 0.75, 0.9].map((fraction) => ({ policy, format, 'quantized-fraction': fraction })),
    ),
  );
  const all = Array.from({ length: rows }, (_, i) => {
    const varied = [{ policy: 'full' }, ...settings][i % (settings.length + 1)]!;
    return i <= settings.length ? varied : { ...varied, 'batch-size': 32 * i };
  });
  const runs = new Map<string, RunRecords>();
  const table = all.map((varied, i): ComparedRow => {
    const parts = Object.values(varied).map(String);
    const mean = 0.92 - 0.004 * (i % 4) - 0.001 * i;
    for (const seed of seeds) {
      const accuracy = (epoch: number) =>
        mean - 0.2 / (epoch + 1) ** 2 + 0.003 * Math.sin(7 * seed + i);
      runs.set(`${parts.join('-')}-seed${seed}`, exampleRun({ epochs, accuracy }));
    }
    const hasSpread = seedCount > 1;
    return {
      row: parts.join('-'),
      label: parts.join(' '),
      settings: varied,
      isBaseline: i === 0,
      score: { mean, standardDeviation: hasSpread ? 0.0024 : null, n: seedCount },
      difference:
        i === 0
          ? null
          : {
              mean: mean - 0.92,
              interval: hasSpread ? [mean - 0.923, mean - 0.916] : null,
              n: seedCount,
            },
      theoreticalSpeedup: i === 0 ? 1 : 1.4 + 0.35 * (i % 3) + 0.12 * (i % 4),
      measuredSpeedup: isMeasured ? (i === 0 ? 1 : 1.2 + 0.3 * (i % 3)) : null,
      epsilon: 2.9999,
      seconds: { mean: 175.3, standardDeviation: 4.1, n: seedCount },
    };
  });
  const record: ComparisonRecord = {
    version: 2,
    command: 'dpquant compare --policies full,static,loss-aware --seeds 5 --out comparisons/a',
    shared: { data: 'mnist', model: 'small-cnn', epsilon: 3, epochs: 10 },
    seeds,
    splitSeed: 11,
    score: { metric: 'accuracy', better: 'greater' },
    confidence: 0.95,
    composedEpsilon: 14.2031,
    delta: 1e-5,
    guarantee: 'differential privacy',
    table,
    runs: table.flatMap(({ row }, i) =>
      seeds.map((seed) => {
        const shared = { cell: `${row}-seed${seed}`, row, seed };
        if (i === 3 && seed === 2) {
          return {
            ...shared,
            state: 'failed' as const,
            problem: 'policy: expected a Map, got null',
          };
        }
        if (i === 4 && seed === 3) return { ...shared, state: 'not finished' as const };
        const quantizedFraction = i === 0 ? 0 : 0.75;
        return { ...shared, state: 'finished' as const, score: 0.91, quantizedFraction };
      }),
    ),
    versions: { dpquant: '0.0.0', node: '20.20.2' },
    machine: '2 cores of an AMD EPYC, 8 GB',
  };
  return { record, runs };
}
