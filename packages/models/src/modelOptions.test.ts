import { describe, expect, it } from '@jest/globals';
import { requireClasses, requireImages, stemOf, type Stem } from './modelOptions.ts';

describe('stemOf', () => {
  const stem = (height: number, width: number, chosen?: string) =>
    stemOf({
      inputShape: [height, width, 3],
      classes: 2,
      seed: 1,
      ...(chosen !== undefined && { stem: chosen as Stem }),
    });

  it('depends on the longer side, unless it is chosen', () => {
    expect(stem(64, 64)).toBe('cifar');
    expect(stem(32, 65)).toBe('imagenet');
    expect(stem(65, 32)).toBe('imagenet');
    expect(stem(224, 224, 'cifar')).toBe('cifar');
    expect(stem(32, 32, 'imagenet')).toBe('imagenet');
  });

  it('refuses an unknown stem', () => {
    expect(() => stem(32, 32, 'small')).toThrow('stem: expected one of imagenet, cifar, got small');
  });
});

it('refuses invalid shapes and numbers of classes', () => {
  expect(() => requireImages('net', [28, 28], 1)).toThrow(
    /\[height, width, channels\].*\[28, 28\]/,
  );
  expect(() => requireImages('net', [28, 0, 1], 1)).toThrow(
    /whole numbers from 1, got \[28, 0, 1\]/,
  );
  expect(() => requireImages('net', [28, 7, 1], 8)).toThrow(
    /at least 8×8 pixels, got \[28, 7, 1\]/,
  );
  expect(() => requireImages('net', [8, 8, 1], 8)).not.toThrow();
  expect(() => requireClasses('net', 0)).toThrow(/net: classes.*got 0/);
  expect(() => requireClasses('net', 2.5)).toThrow(/got 2.5/);
});
