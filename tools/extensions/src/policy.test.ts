import '@tensorflow/tfjs-backend-cpu';
import { expect, it } from '@jest/globals';
import { layersToQuantize, type SchedulePolicy } from '@dpquant/scheduling';
import { trainPrivately } from '@dpquant/training';
import { classifier, shortRun, signs } from './signs.ts';

/** A schedule policy: the layers in turn, from another one on in every epoch. */
const inTurns: SchedulePolicy = {
  name: 'in-turns',
  select(context) {
    const { layers, epoch, format } = context;
    const order = layers.map((_, i) => layers[(i + epoch) % layers.length]!.name);
    return new Map(layersToQuantize(order, context).map((name) => [name, format]));
  },
};

it('schedules by a policy of its own', async () => {
  const budget = { quantizedFraction: 0.5 };
  const run = { ...shortRun, steps: 12, policy: inTurns, format: 'int8', budget };
  const { schedule } = await trainPrivately(classifier(), signs(), run);
  expect(schedule.slice(0, 2)).toMatchObject([
    { layers: { hidden: 'int8', logits: 'float32' } },
    { layers: { hidden: 'float32', logits: 'int8' } },
  ]);
});
