import {
  automaticClipping,
  flatClipping,
  perLayerClipping,
  type ClippingRule,
} from '@dpquant/mechanisms';

/** What `--clipping` names. The clip norm of quantile clipping is the plan's affair. */
const rules: Record<string, (clipNorm: number) => ClippingRule> = {
  flat: flatClipping,
  'per-layer': perLayerClipping,
  automatic: automaticClipping,
  quantile: flatClipping,
};

export const clippingNames = Object.keys(rules);

/** The rule of a name out of `clippingNames`, for any clip norm. */
export function clippingRule(name: string): (clipNorm: number) => ClippingRule {
  return rules[name]!;
}
