import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { unitsOfRows, type Dataset } from '@dpquant/data';
import { softmaxCrossEntropy } from '@dpquant/gradients';
import { lossAware, probabilistic, type SchedulePolicy } from '@dpquant/scheduling';
import { perExample, rollout, type LossImpactEstimator } from '@dpquant/sensitivity';
import { adamBC } from '../optimizers/adam.ts';
import { clonedSource } from '../testing/clonedSource.ts';
import { smallTrainer, stripes, stripesModel, weightsOf } from '../testing/smallRun.ts';
import { WeightAverage } from '../weightAverage.ts';
import type { GradientSource, StepAnswer } from './gradientSource.ts';
import { localSource } from './localSource.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

/** Thirty units of two rows, a new object each time. */
function pairs(): Dataset {
  const data = stripes();
  const owners = Array.from({ length: 60 }, (_, row) => row >> 1);
  return {
    ...data,
    name: data.name,
    count: data.count,
    inputShape: data.inputShape,
    classNames: data.classNames,
    targetShape: data.targetShape,
    read: (rows, options) => data.read(rows, options),
    privacyUnits: unitsOfRows(owners, 30),
  };
}

type Changes = NonNullable<Parameters<typeof smallTrainer>[0]>;

/** Formats by turns, so that requests name several. */
const mixed: SchedulePolicy = {
  name: 'mixed',
  select: ({ layers, epoch }) =>
    new Map(layers.map(({ name }, i) => [name, ['luq-fp4', 'int8', 'fp8-e4m3'][(epoch + i) % 3]!])),
};

/** Four epochs of two steps, with an analysis every two epochs. */
function analysed(estimator: LossImpactEstimator, policy: SchedulePolicy): Changes {
  const { sensitivity, batches } = estimator;
  return {
    schedule: {
      policy,
      format: 'luq-fp4',
      otherFormat: 'int8',
      budget: { quantizedFraction: 0.67 },
      analysis: { estimator, adaptive: false },
    },
    plan: {
      steps: 8,
      stepsPerEpoch: 2,
      insecureSeed: 5,
      analyses: {
        ...{ sampleRate: 0.5, noiseMultiplier: 1, sensitivity, batches, valueCount: 3 },
        ...{ interval: 2, count: 2 },
      },
    },
  };
}

const runs: Record<string, () => Changes> = {
  'with analyses by example, views, per-layer clipping and Adam': () => {
    const changes = analysed(perExample(), lossAware());
    return {
      ...changes,
      training: pairs(),
      plan: { ...changes.plan, unitCount: 30 },
      rowsPerUnit: 3,
      physicalBatchSize: 7,
      clipping: 'per-layer',
      optimizer: adamBC({ learningRate: 0.02 }),
      weightAverage: new WeightAverage({ decay: 0.9 }),
      validation: stripes(),
    };
  },
  'with analyses by rollouts and quantile clipping': () => {
    const changes = analysed(rollout({ repeats: 1, steps: 2 }), probabilistic());
    return { ...changes, plan: { ...changes.plan, quantileClipping: {} } };
  },
  'in several formats, with automatic clipping': () => ({
    ...analysed(rollout({ repeats: 1, steps: 1 }), mixed),
    clipping: 'automatic',
  }),
};

/** Everything that a run gives, un-noised quantities included. */
async function outcomeOf(changes: Changes) {
  const seen: unknown[] = [];
  const { trainer, model, ledger, plan } = smallTrainer({
    ...changes,
    callbacks: {
      onAnalysis: ({ released, smoothed }) => void seen.push(released, smoothed),
      onStepEnd: ({ mean }, { clippedSums, ...unsafe }) =>
        void seen.push(unsafe, [...mean.values()], [...clippedSums.values()]),
    },
  });
  const { position } = await trainer.run();
  return {
    seen,
    weights: weightsOf(model),
    assignments: position.assignments,
    ledger: ledger.toJSON(),
    plan: plan.state(),
  };
}

/** A run whose requests are answered by another model and data set. */
async function answeredElsewhere(changes: Changes, isNews?: Parameters<typeof clonedSource>[2]) {
  const model = stripesModel();
  // Other weights, until those of the trainer are handed over.
  const there = { model: stripesModel(2), training: changes.training ? pairs() : stripes() };
  const source = clonedSource(model, { ...there, loss: softmaxCrossEntropy }, isNews);
  const read = () => Promise.reject(new Error('read in the process that asks'));
  const training = { ...(changes.training ?? stripes()), count: 60, read };
  return { source, outcome: await outcomeOf({ ...changes, model, training, source }) };
}

describe.each(Object.keys(runs))('a run %s', (name) => {
  it('gives the same bits when another model answers clones of its requests', async () => {
    const here = await outcomeOf(runs[name]!());
    const { outcome, source } = await answeredElsewhere(runs[name]!());
    expect(outcome).toEqual(here);
    const { requests } = source;
    expect(requests[0]!.method).toBe('probe');
    for (const method of ['sum', 'losses', 'probe']) {
      expect(requests.filter((each) => each.method === method)).not.toEqual([]);
    }
  });
});

it('a run differs if the weights of a rollout are not sent', async () => {
  const name = 'with analyses by rollouts and quantile clipping';
  const here = await outcomeOf(runs[name]!());
  const told: number[] = [];
  // All versions but the second of the first rollout.
  const { outcome } = await answeredElsewhere(runs[name]!(), (version, known) => {
    if (version === known) return false;
    return told.push(version) !== 4;
  });
  expect(outcome.seen).not.toEqual(here.seen);
});

it('a weights version is never reused, even by trainers that share a source', async () => {
  const model = stripesModel();
  const there = { model: stripesModel(), training: stripes(), loss: softmaxCrossEntropy };
  const source = clonedSource(model, there);
  const plan = { steps: 2, insecureSeed: 1 };
  for (let run = 0; run < 2; run++) await smallTrainer({ model, source, plan }).trainer.run();
  // In each run one for the probe of the model, those of sums in two formats, and each step.
  expect(source.versions).toHaveLength(10);
  expect(new Set(source.versions).size).toBe(10);
});

describe('a source', () => {
  const there = () => ({
    model: stripesModel(),
    training: stripes(),
    loss: softmaxCrossEntropy,
  });

  it('gets requests for private rows only once their charge is durable', async () => {
    const events: string[] = [];
    const model = stripesModel();
    const local = localSource({ ...there(), model });
    const source: GradientSource = {
      probe: (request) => (events.push('probe'), local.probe(request)),
      sum: (request, signal) => (events.push('sum'), local.sum(request, signal)),
      losses: (request, signal) => (events.push('losses'), local.losses(request, signal)),
    };
    const changes = analysed(perExample(), probabilistic());
    const { trainer } = smallTrainer({
      ...changes,
      plan: { ...changes.plan, steps: 6 },
      model,
      source,
      persistLedger: async (ledger) => {
        const { label } = ledger.entries.at(-1)!;
        await new Promise((resolve) => setTimeout(resolve, 1));
        events.push(`${label} charged`);
      },
    });
    await trainer.run();
    const [analysis, step] = [
      ['analysis charged', 'losses', 'probe'],
      ['training charged', 'sum'],
    ] as const;
    const epochs = [
      [...analysis, ...step, ...step],
      ['probe', ...step, ...step],
      analysis,
      step,
      step,
    ];
    // The model and the formats, then sums in them.
    expect(events).toEqual(['probe', 'probe', ...epochs.flat()]);
  });

  it("that rejects a request with the signal's reason interrupts the run; the step stays charged", async () => {
    const model = stripesModel();
    const controller = new AbortController();
    const source: GradientSource = {
      ...localSource({ ...there(), model }),
      sum: (_, signal) => {
        controller.abort();
        return Promise.reject(signal!.reason as Error);
      },
    };
    const { trainer, ledger } = smallTrainer({ model, source });
    const { stopped, position } = await trainer.run({ signal: controller.signal });
    expect(stopped).toBe('interrupted');
    expect([position.step, ledger.entries[0]!.count]).toEqual([0, 1]);
    expect(weightsOf(model)).toEqual(weightsOf(stripesModel()));
  });
});

it('answers for other models or rows are refused', async () => {
  const unsafe = { lossSum: 0, clippedCount: 0, norms: new Float64Array(0) };
  const sums = [new Float64Array(1)];
  const wrong: GradientSource = {
    probe: () => Promise.resolve(null),
    sum: () => Promise.resolve({ sums, gridUnit: 1, sensitivity: 1, unclippedCount: 0, unsafe }),
    losses: ({ assignments }) => Promise.resolve(assignments.map(() => new Float64Array(1000))),
  };
  await expect(smallTrainer({ source: wrong }).trainer.run()).rejects.toThrow(
    /^gradient source: expected sums of 36, .* values, got 1; give it a model/,
  );
  const { model, local } = (() => {
    const own = stripesModel();
    const there = { model: own, training: stripes(), loss: softmaxCrossEntropy };
    return { model: own, local: localSource(there) };
  })();
  const answering = (change: (answer: StepAnswer) => StepAnswer): GradientSource => ({
    ...local,
    sum: async (request, signal) => change(await local.sum(request, signal)),
  });
  const onAnotherGrid = answering((answer) => ({ ...answer, gridUnit: 1 }));
  await expect(smallTrainer({ model, source: onAnotherGrid }).trainer.run()).rejects.toThrow(
    /^gradient source: expected sums in grid units of .*, got 1; answer with/,
  );
  const halved = answering(({ sums: found, ...answer }) => ({
    ...answer,
    sums: found.map((sum) => Float64Array.from(sum, (value) => value / 8)),
  }));
  await expect(smallTrainer({ model, source: halved }).trainer.run()).rejects.toThrow(
    /^gradient source: expected sums of whole numbers below 2\^53, got others; add .*scale nothing$/,
  );
  const changes = { ...analysed(perExample(), probabilistic()), source: wrong };
  await expect(smallTrainer(changes).trainer.run()).rejects.toThrow(
    /^gradient source: expected 4 lists of \d+ losses, got lists of 1000, 1000,/,
  );
});
