// One layer more in low precision in every epoch, the one with the most work first, until the budget is
// spent: early epochs, which are the ones that move the weights most, keep float32.
//
//   npx dpquant train --policy ./examples/policies/growing.js
//
// Decides from the epoch and the shapes of the layers alone, both public: it costs no privacy.
import { assignFormats, layersToQuantize } from '@dpquant/scheduling';

/** A function, so that each run gets a policy of its own. */
export default function growing() {
  return {
    name: 'growing',
    select(context) {
      const byWork = context.layers
        .toSorted((a, b) => b.multiplyAccumulates - a.multiplyAccumulates)
        .map(({ name }) => name);
      const affordable = layersToQuantize(byWork, context);
      return assignFormats(affordable.slice(0, context.epoch), context);
    },
  };
}
