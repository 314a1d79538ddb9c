// One layer more in low precision in every epoch, the one with the most work first, until the budget is
// spent: early epochs, which are the ones that move the weights most, keep float32.
//
//   npx dpquant train --policy ./examples/policies/growing.js
//
// Decides from the epoch and the shapes of the layers alone, both public: it costs no privacy.
import { assignFormats, layersToQuantize } from '@dpquant/scheduling';

/** A function, so that each run gets a policy of its own. */
export default function growing() {
  const chosen = (context) => {
    const byWork = context.layers
      .toSorted((a, b) => b.multiplyAccumulates - a.multiplyAccumulates)
      .map(({ name }) => name);
    return layersToQuantize(byWork, context).slice(0, context.epoch);
  };
  return {
    name: 'growing',
    select: (context) => assignFormats(chosen(context), context),
    // Nothing is drawn: what is chosen is certain. For whoever reads schedule.jsonl.
    probabilities: (context) => new Map(chosen(context).map((name) => [name, 1])),
  };
}
