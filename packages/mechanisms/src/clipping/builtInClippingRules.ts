import {
  automaticClipping,
  flatClipping,
  noClipping,
  perLayerClipping,
  type ClippingRule,
} from './clipping.ts';

/** Makes a rule for a clip norm. */
export type ClippingRuleFactory = (clipNorm: number) => ClippingRule;

/** Name → factory of every clipping rule that comes with the package. */
export const builtInClippingRules: ReadonlyMap<string, ClippingRuleFactory> = new Map<
  string,
  ClippingRuleFactory
>([
  ['flat', flatClipping],
  ['per-layer', (clipNorm) => perLayerClipping(clipNorm)],
  ['automatic', (clipNorm) => automaticClipping(clipNorm)],
  ['none', noClipping],
]);

const ownRules = new Map<string, ClippingRuleFactory>();

/**
 * A clipping rule by its name, for a clip norm. Other processes use this name, so that all of them
 * create the same rule.
 *
 * @throws RangeError for an unknown name, listing the known ones, and for a clip norm that the rule
 *   does not allow
 */
export function createClippingRule(name: string, clipNorm: number): ClippingRule {
  const create = builtInClippingRules.get(name) ?? ownRules.get(name);
  if (!create) {
    const known = [...builtInClippingRules.keys(), ...ownRules.keys()].join(', ');
    throw new RangeError(
      `clipping: expected one of ${known}, got '${name}'; register a rule of your own with registerClippingRule`,
    );
  }
  return create(clipNorm);
}

/**
 * Registers a custom clipping rule by its name. Every process that uses it has to do so.
 *
 * @throws RangeError for a name that is taken
 */
export function registerClippingRule(name: string, create: ClippingRuleFactory): void {
  if (builtInClippingRules.has(name) || ownRules.has(name)) {
    throw new RangeError(`clipping: "${name}" is taken; choose another name`);
  }
  ownRules.set(name, create);
}
