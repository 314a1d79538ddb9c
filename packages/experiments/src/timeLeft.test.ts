import { describe, expect, it } from '@jest/globals';
import { timeLeft } from './timeLeft.ts';

describe('timeLeft', () => {
  it('is unknown before an epoch has ended', () => {
    const running = [{ row: 'a', seconds: 9, done: 0, left: 1 }];
    expect(timeLeft({ ended: [], running, waiting: ['a'], workers: 2 })).toBeNull();
  });

  it('estimates each row by its own runs', () => {
    const ended = [
      { row: 'fast', seconds: 10 },
      { row: 'slow', seconds: 40 },
      { row: 'slow', seconds: 60 },
    ];
    const waiting = ['fast', 'slow', 'slow'];
    expect(timeLeft({ ended, running: [], waiting, workers: 1 })).toBe(10 + 50 + 50);
    // Two workers need at least as long as the longest run.
    expect(timeLeft({ ended, running: [], waiting, workers: 2 })).toBe(55);
    expect(timeLeft({ ended, running: [], waiting, workers: 9 })).toBe(50);
  });

  it('estimates a row without finished runs by the epochs of a running one', () => {
    const running = [{ row: 'a', seconds: 30, done: 0.25, left: 0.75 }];
    expect(timeLeft({ ended: [], running, waiting: ['a', 'b'], workers: 1 })).toBe(90 + 240);
  });

  it('estimates a resumed run by its own work since the resume', () => {
    const running = [{ row: 'a', seconds: 10, done: 0.25, left: 0.25 }];
    const ended = [{ row: 'a', seconds: 100 }];
    expect(timeLeft({ ended, running, waiting: [], workers: 1 })).toBe(10);
  });
});
