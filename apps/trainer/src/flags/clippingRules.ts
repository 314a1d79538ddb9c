import { builtInClippingRules } from '@dpquant/mechanisms';

/** Flat clipping to a clip norm that the plan adapts. */
const quantileClipping = 'quantile';

/** What `--clipping` names: the rules that clip, and `quantile`. */
export const clippingNames = [
  ...[...builtInClippingRules.keys()].filter((name) => name !== 'none'),
  quantileClipping,
];

/** The name that `createClippingRule` takes for one of `clippingNames`. */
export function clippingRuleOf(name: string): string {
  return name === quantileClipping ? 'flat' : name;
}
