import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { loadMnist } from '@dpquant/data/mnist';
import {
  accounting,
  backends,
  gradients,
  mechanisms,
  models,
  quantization,
  random,
  scheduling,
  sensitivity,
  training,
} from './packages.mjs';

const seeds = [1, 2, 3, 4, 5];
const epochs = 4;
/** Noise multiplier of an analysis over that of a step. */
const analysisNoise = Number(process.env.ANALYSIS_NOISE ?? 1);
const batchSize = 512;
const format = 'luq-fp4';
/** Share of the layers that a schedule puts into the format. */
const quantizedFraction = 0.5;
/** Private examples that the noiseless impacts are measured on. */
const truthCount = 2048;
/** How many of them share the bits that weights are rounded with. */
const truthGroup = 32;

const settings = {
  'small-cnn': (seed) => models.smallCnn({ inputShape: [28, 28, 1], classes: 10, seed }),
  'dense net of 10 layers': deepNet,
};

/** Whether private estimates of loss impacts order the layers as the truth does. */
export default {
  name: 'impacts',
  description: 'private loss impacts beside noiseless ones on the same weights: order, ε and time',

  async run({ log }) {
    await backends.startBackend('auto');
    const data = await loadMnist();
    const rows = [];
    for (const [name, build] of Object.entries(settings)) {
      for (const seed of seeds) {
        const start = performance.now();
        const found = await measure(build(seed), data, seed);
        const seconds = (performance.now() - start) / 1000;
        log(`${name}, seed ${seed}: ${found.analyses} analyses, ${seconds.toFixed(0)} s`);
        rows.push({ model: name, seed, ...found });
      }
      const own = rows.filter((row) => row.model === name);
      const mean = (key) => round(own.reduce((sum, row) => sum + row[key], 0) / own.length);
      const keys = Object.keys(own[0]).filter((key) => !['model', 'seed'].includes(key));
      rows.push({
        model: name,
        seed: 'mean',
        ...Object.fromEntries(keys.map((key) => [key, mean(key)])),
      });
    }
    return rows;
  },
};

/** Trains privately with an analysis before every epoch, and holds each against the truth. */
async function measure(model, data, seed) {
  const unitCount = data.privacyUnits.count;
  const sampleRate = batchSize / unitCount;
  const stepsPerEpoch = Math.round(1 / sampleRate);
  const steps = epochs * stepsPerEpoch;
  const estimator = sensitivity.perExample();
  const planOf = (noiseMultiplier) => ({
    unitCount,
    sampleRate,
    steps,
    stepsPerEpoch,
    clipNorm: 1,
    valueCount: gradients.trainableValueCount(model),
    noiseMultiplier,
    analyses: {
      sampleRate,
      noiseMultiplier: analysisNoise * noiseMultiplier,
      sensitivity: estimator.sensitivity,
      valueCount: gradients.layerInfo(model).length,
      interval: 1,
      count: epochs,
    },
  });
  const noiseMultiplier = accounting.calibrateNoiseMultiplier({
    epsilon: 3,
    delta: 1e-5,
    plan: (noise) => new mechanisms.TrainingPlan(planOf(noise)).totalEvent,
  });
  const ledger = new accounting.PrivacyLedger();
  const correlations = [];
  const chosen = { aware: 0, uniform: 0, all: 0 };
  let analysisSeconds = 0;
  let truthSeconds = 0;
  const trainer = new training.DPTrainer({
    model,
    loss: gradients.softmaxCrossEntropy,
    training: data,
    plan: new mechanisms.TrainingPlan(planOf(noiseMultiplier)),
    optimizer: training.sgd({ learningRate: 1 }),
    schedule: {
      policy: scheduling.lossAware(),
      format,
      budget: { quantizedFraction },
      analysis: { estimator, adaptive: false },
    },
    seed,
    ledger,
    callbacks: {
      async onAnalysis({ smoothed, released, seconds }) {
        analysisSeconds += seconds;
        const start = performance.now();
        const layers = [...released.keys()];
        const truth = await trueImpacts(model, data, layers, seed + 1000);
        const again = await trueImpacts(model, data, layers, seed + 2000);
        const listOf = (impacts) => layers.map((layer) => impacts.get(layer));
        correlations.push({
          released: sensitivity.rankCorrelation(listOf(released), truth),
          smoothed: sensitivity.rankCorrelation(listOf(smoothed), truth),
          again: sensitivity.rankCorrelation(again, truth),
        });
        const truthOf = new Map(layers.map((layer, i) => [layer, truth[i]]));
        chosen.aware += meanCost(scheduling.lossAware(), trainer.layers, truthOf, smoothed);
        chosen.uniform += meanCost(scheduling.probabilistic(), trainer.layers, truthOf);
        chosen.all += truth.reduce((sum, value) => sum + value, 0);
        truthSeconds += (performance.now() - start) / 1000;
      },
    },
  });
  const start = performance.now();
  const { analyses } = await trainer.run();
  const seconds = (performance.now() - start) / 1000 - truthSeconds;
  const spending = ledger.spending(1e-5);
  const meanOf = (key) => correlations.reduce((sum, each) => sum + each[key], 0) / epochs;
  return {
    analyses: analyses.count,
    'rank correlation, released': round(meanOf('released')),
    'rank correlation, smoothed': round(meanOf('smoothed')),
    'of the truth measured twice': round(meanOf('again')),
    'true loss of the layers drawn': round(chosen.aware / epochs),
    'of uniform draws': round(chosen.uniform / epochs),
    'ε of analyses, %': round((100 * (spending.total - spending.training)) / spending.total),
    'time of analyses, %': round((100 * analysisSeconds) / seconds),
  };
}

/** Mean loss differences without clipping and noise. */
async function trueImpacts(model, data, layers, key) {
  const rows = Array.from({ length: truthCount }, (_, i) => i);
  const low = quantization.layerArithmetic(format);
  const full = quantization.layerArithmetic('float32');
  const sums = new Float64Array(layers.length);
  for (let first = 0; first < truthCount; first += truthGroup) {
    const batch = await data.read(rows.slice(first, first + truthGroup));
    const inputs = tf.tensor(batch.inputs, [truthGroup, ...data.inputShape]);
    const targets = tf.tensor1d(batch.targets);
    const { losses } = await gradients.forwardLosses(
      model,
      { inputs, targets, mask: batch.mask, keys: batch.keys },
      {
        loss: gradients.softmaxCrossEntropy,
        randomness: { key: random.philoxKeyFromSeed(key), step: first },
        arithmetics: [
          () => full,
          ...layers.map((layer) => (name) => (name === layer ? low : full)),
        ],
      },
    );
    losses.slice(1).forEach((list, i) => {
      for (let k = 0; k < truthGroup; k++) sums[i] += list[k] - losses[0][k];
    });
    tf.dispose([inputs, targets]);
  }
  return Array.from(sums, (sum) => sum / truthCount);
}

/** Sum of the true impacts of the layers that a policy draws, on average. */
function meanCost(policy, layers, truth, lossImpacts) {
  const draws = 500;
  const source = new random.SeededRandom(1, 'draws');
  let sum = 0;
  for (let draw = 0; draw < draws; draw++) {
    const assignment = policy.select({
      epoch: 0,
      layers,
      budget: { quantizedFraction },
      format,
      lossImpacts,
      random: () => random.uniform(source),
    });
    for (const layer of assignment.keys()) sum += truth.get(layer);
  }
  return sum / draws;
}

function deepNet(seed) {
  const dense = (units, number, activation) =>
    tfl.layers.dense({
      units,
      name: `dense${number}`,
      activation,
      kernelInitializer: tfl.initializers.heNormal({ seed: seed * 100 + number }),
    });
  return tfl.sequential({
    layers: [
      tfl.layers.flatten({ inputShape: [28, 28, 1] }),
      ...Array.from({ length: 9 }, (_, i) => dense(64 - 4 * i, i + 1, 'tanh')),
      dense(10, 10),
    ],
  });
}

function round(value) {
  return Number(value.toFixed(4));
}
