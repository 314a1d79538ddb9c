import { layerInfo } from '@dpquant/gradients';
import { SeededRandom, uniform } from '@dpquant/random';
import { fullPrecision, lossAware, probabilistic, staticPolicy } from '@dpquant/scheduling';
import { codesOf } from './recordingArithmetic.mjs';
import { stripesModel, stripesRun, weightsOf } from './stripesRun.mjs';

const group = 'training';

/** Every draw and all noise is the same; float sums differ in the last places. */
const float32Run = {
  group,
  name: 'weights after 20 private steps in float32',
  agreement: { relative: 1e-4 },
  async compute() {
    const { model, trainer } = stripesRun({ steps: 20, policy: fullPrecision() });
    await trainer.run();
    return weightsOf(model);
  },
};

/**
 * Float sums that differ in the last place turn a code now and then: then the weights differ, and
 * more codes by and by.
 */
const quantizedRun = (arithmetic, steps) => ({
  group,
  name: `share of differing codes in ${steps} private steps in ${arithmetic}`,
  agreement: { differingShare: 0.02 },
  async compute() {
    const policy = staticPolicy({ layers: ['conv', 'hidden', 'output'] });
    const codes = await codesOf(arithmetic, async (format) => {
      const { model, trainer } = stripesRun({ steps, policy, format });
      await trainer.run();
      model.dispose();
    });
    return { codes };
  },
});

const resumedRun = {
  group,
  name: 'a resumed run in luq-fp4 equals an uninterrupted one, to the bit',
  agreement: 'identical',
  async compute() {
    const whole = stripesRun({ steps: 8, policy: probabilistic() });
    await whole.trainer.run();
    const resumed = await resumedHalfway();
    return differences(await weightsOf(resumed), await weightsOf(whole.model));
  },
  async expected() {
    const weights = await weightsOf(stripesModel());
    return differences(weights, weights);
  },
};

/**
 * The model of a run of eight steps that is interrupted after five and goes on in another trainer.
 */
async function resumedHalfway() {
  const interruption = new AbortController();
  const first = stripesRun({
    steps: 8,
    policy: probabilistic(),
    callbacks: { onStepEnd: ({ step }) => void (step === 4 && interruption.abort()) },
  });
  const { position } = await first.trainer.run({ signal: interruption.signal });
  const { model } = first;
  const state = JSON.parse(JSON.stringify(first.plan.state()));
  const second = stripesRun({ steps: 8, policy: probabilistic(), model, chargedSteps: 5, state });
  second.trainer.restore(position);
  await second.trainer.run();
  return model;
}

function differences(found, expected) {
  return Object.fromEntries(
    Object.entries(expected).map(([name, values]) => [
      name,
      Array.from(values, (value, i) => (found[name][i] === value ? 0 : 1)),
    ]),
  );
}

/**
 * Schedules are drawn from the same impacts and the same randomness: nothing of the backend enters.
 */
const schedules = {
  group,
  name: 'identical impacts give identical schedules',
  agreement: 'identical',
  async compute() {
    const model = stripesModel();
    const layers = layerInfo(model).filter(({ quantizable }) => quantizable);
    model.dispose();
    const lossImpacts = new Map(layers.map(({ name }, i) => [name, [0.31, -0.02, 0.07][i]]));
    const chosen = [];
    for (const policy of [lossAware(), lossAware({ temperature: 0.1 }), probabilistic()]) {
      for (let epoch = 0; epoch < 12; epoch++) {
        const random = new SeededRandom(3, `schedule of epoch ${epoch}`);
        const assignment = policy.select({
          epoch,
          layers,
          budget: { quantizedFraction: 0.67 },
          format: 'luq-fp4',
          lossImpacts,
          random: () => uniform(random),
        });
        chosen.push(...layers.map(({ name }) => (assignment.has(name) ? 1 : 0)));
      }
    }
    return { chosen };
  },
};

/** What two runs with the same seed choose and release, whatever the backend. */
const chosenLayers = {
  group,
  name: 'a seeded run chooses the same layers',
  agreement: 'identical',
  async compute() {
    const { model, trainer } = stripesRun({ steps: 8, policy: probabilistic() });
    const { position, layers } = await trainer.run();
    model.dispose();
    return {
      chosen: position.assignments.flatMap((assignment) =>
        layers.map(({ name }) => (assignment.get(name) === 'luq-fp4' ? 1 : 0)),
      ),
    };
  },
};

/** @type {import('../conformanceCase.mjs').ConformanceCase[]} */
export const trainingCases = [
  float32Run,
  quantizedRun('luq-fp4', 20),
  quantizedRun('int4-luq', 5),
  resumedRun,
  schedules,
  chosenLayers,
];
