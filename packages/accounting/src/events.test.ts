import { describe, expect, it } from '@jest/globals';
import {
  composed,
  gaussian,
  laplace,
  poissonSampled,
  sampledWithoutReplacement,
  selfComposed,
} from './events.ts';
import { parsePrivacyEvent } from './parsePrivacyEvent.ts';

describe('event constructors', () => {
  it.each([-1, NaN, Infinity])('refuse the noise multiplier %d', (noiseMultiplier) => {
    expect(() => gaussian(noiseMultiplier)).toThrow(RangeError);
    expect(() => gaussian(noiseMultiplier)).toThrow(`got ${noiseMultiplier}`);
  });

  it.each([-1, NaN, Infinity])('refuse the Laplace scale %d', (scale) => {
    expect(() => laplace(scale)).toThrow(RangeError);
  });

  it.each([
    [-1, 10],
    [1.5, 10],
    [11, 10],
    [1, NaN],
  ])('refuse a batch of %d out of %d', (batchSize, exampleCount) => {
    expect(() => sampledWithoutReplacement(batchSize, exampleCount, gaussian(1))).toThrow(
      RangeError,
    );
  });

  it.each([-0.1, 1.1, NaN])('refuse the sample rate %d', (sampleRate) => {
    expect(() => poissonSampled(sampleRate, gaussian(1))).toThrow(RangeError);
  });

  it.each([-1, 1.5, NaN, Infinity, 2 ** 53])('refuse the count %d', (count) => {
    expect(() => selfComposed(gaussian(1), count)).toThrow(RangeError);
  });

  it('explain how to count beyond the largest integer', () => {
    expect(() => selfComposed(gaussian(1), 2 ** 53)).toThrow(
      /count: expected an integer ≥ 0, got 9007199254740992, above 2\^53 − 1.*nest selfComposed/,
    );
  });

  it('copy the given list of events', () => {
    const events = [gaussian(1)];
    const event = composed(events);
    events.push(gaussian(2));
    expect(event.events).toHaveLength(1);
  });
});

describe('parsePrivacyEvent', () => {
  it('reads back what JSON.stringify wrote', () => {
    const event = composed([
      selfComposed(poissonSampled(0.01, gaussian(1.1)), 1000),
      poissonSampled(0.02, composed([gaussian(2), gaussian(0.1 + 0.2)])),
      laplace(3),
      sampledWithoutReplacement(16, 1000, gaussian(4)),
    ]);
    expect(parsePrivacyEvent(JSON.parse(JSON.stringify(event)))).toEqual(event);
  });

  it('drops unknown fields', () => {
    expect(parsePrivacyEvent({ kind: 'gaussian', noiseMultiplier: 1, extra: 2 })).toEqual(
      gaussian(1),
    );
  });

  it.each<[string, unknown, string]>([
    ['nothing', undefined, 'event: expected an object'],
    ['a number', 3, 'event: expected an object'],
    ['an unknown kind', { kind: 'cauchy' }, 'event.kind: expected one of gaussian'],
    ['a kind that every object has', { kind: 'toString' }, 'event.kind'],
    [
      'a missing number',
      { kind: 'gaussian' },
      'event.noiseMultiplier: expected a number, got nothing',
    ],
    ['a number as text', { kind: 'gaussian', noiseMultiplier: '1' }, 'event.noiseMultiplier'],
    [
      'a fault deep inside',
      { kind: 'composed', events: [gaussian(1), { kind: 'poissonSampled', sampleRate: 0.1 }] },
      'event.events[1].event',
    ],
    ['an event instead of a list', { kind: 'composed', events: gaussian(1) }, 'an array'],
  ])('refuses %s', (_, json, message) => {
    expect(() => parsePrivacyEvent(json)).toThrow(TypeError);
    expect(() => parsePrivacyEvent(json)).toThrow(message);
  });

  it('refuses numbers out of range', () => {
    expect(() => parsePrivacyEvent({ kind: 'gaussian', noiseMultiplier: -1 })).toThrow(RangeError);
  });
});
