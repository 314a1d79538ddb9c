// The loss-aware draw among the layers between the first and the last one, which stay in float32.
//
//   npx dpquant train --policy ./examples/policies/guarded.js
//
// Looks at private data through the loss impacts alone. They are released with noise and charged to the
// run's ε, so that what is decided from them costs nothing more.
import { lossAware } from '@dpquant/scheduling';

/** A function, so that each run gets a policy of its own. */
export default function guarded() {
  const inner = lossAware();
  const between = (context) => ({ ...context, layers: context.layers.slice(1, -1) });
  return {
    name: 'guarded',
    // Without it the run makes no analyses, and the draw is uniform.
    usesLossImpacts: true,
    // The budget is one of the layers between: 0.75 means three quarters of those.
    // Layers that are not in the answer run in float32.
    select: (context) => inner.select(between(context)),
    // For whoever reads schedule.jsonl.
    probabilities: (context) => inner.probabilities(between(context)),
  };
}
