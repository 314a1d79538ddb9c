import { builtInClippingRules } from '@dpquant/mechanisms';

/** Flat clipping to a clip norm that the plan adapts. */
export const quantileClipping = 'quantile';

/** What `--clipping` names: the rules that clip, and `quantile`. */
export const clippingNames = [
  ...[...builtInClippingRules.keys()].filter((name) => name !== 'none'),
  quantileClipping,
];

/** The clipping rule of a run, by the name that `createClippingRule` knows. */
export function clippingRuleOf({
  privacy,
  clipping,
}: {
  readonly privacy: boolean;
  readonly clipping: string;
}): string {
  if (!privacy) return 'none';
  return clipping === quantileClipping ? 'flat' : clipping;
}
