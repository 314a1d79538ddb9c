import { describe, expect, it } from '@jest/globals';
import {
  builtInClippingRules,
  createClippingRule,
  registerClippingRule,
} from './builtInClippingRules.ts';
import { automaticClipping } from './clipping.ts';

describe('createClippingRule', () => {
  it('knows every built-in rule by its own name', () => {
    expect([...builtInClippingRules.keys()]).toEqual(['flat', 'per-layer', 'automatic', 'none']);
    for (const name of builtInClippingRules.keys()) {
      const rule = createClippingRule(name, 2);
      expect(rule.name).toBe(name);
      expect(rule.sensitivity).toBe(name === 'none' ? Infinity : 2);
    }
  });

  it('gives the rule the clip norm and no other option', () => {
    const norms = Float64Array.of(0.5, 4);
    expect(createClippingRule('automatic', 2).factors(norms, 1)).toEqual(
      automaticClipping(2).factors(norms, 1),
    );
  });

  it.each(['quantile', '', 'constructor'])('lists the known names for %p', (name) => {
    expect(() => createClippingRule(name, 1)).toThrow(
      `clipping: expected one of flat, per-layer, automatic, none, got '${name}'`,
    );
  });

  it('refuses a clip norm that the rule does not allow', () => {
    expect(() => createClippingRule('flat', 0)).toThrow(/clip norm: expected a positive number/);
  });

  it('creates a registered custom rule, and refuses to replace a known one', () => {
    registerClippingRule('gentle', (clipNorm) => automaticClipping(clipNorm, 1));
    const norms = Float64Array.of(1);
    expect(createClippingRule('gentle', 2).factors(norms, 1)[0]).toBeCloseTo(1, 5);
    for (const name of ['flat', 'gentle']) {
      expect(() => registerClippingRule(name, automaticClipping)).toThrow(
        `clipping: "${name}" is taken; choose another name`,
      );
    }
  });
});
