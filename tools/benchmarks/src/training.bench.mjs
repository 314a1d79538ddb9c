import { availableParallelism } from 'node:os';
import { measureTraining } from './measureTraining.mjs';

const turns = 2;
const models = ['small-cnn', 'resnet18'];
const percents = ['plain', '0', '50', '75', '90', '100'];
/** What is trained and on how many threads. */
const variants = percents.map((percent) => `${percent} 1`);
if (availableParallelism() > 1) variants.push('plain 2', '0 2', '90 2');

/** What a whole private step costs, and what low precision changes. */
export default {
  name: 'training',
  description: 'images/s of training from end to end, with more and more layers in luq-fp4',

  async run({ log }) {
    const rows = [];
    for (const model of models) {
      const found = new Map(variants.map((variant) => [variant, []]));
      // In turns, so that whatever else the machine does falls on all of them alike.
      for (let turn = 0; turn < turns; turn++) {
        for (const variant of variants) {
          found.get(variant).push(measureTraining(model, ...variant.split(' ')));
        }
        log(`${model}: turn ${turn + 1} of ${turns}`);
      }
      const best = (variant) => Math.max(...found.get(variant).map((each) => each.imagesPerSecond));
      for (const variant of variants) {
        rows.push({
          model,
          training: describe(variant),
          threads: Number(variant.split(' ')[1]),
          'images/s': best(variant),
          'speed / private float32': Number((best(variant) / best('0 1')).toFixed(2)),
          'peak MB': Math.min(...found.get(variant).map((each) => each.megabytes)),
        });
      }
    }
    return rows;
  },
};

function describe(variant) {
  const [percent] = variant.split(' ');
  return percent === 'plain' ? 'not private' : `private, ${percent} % in luq-fp4`;
}
