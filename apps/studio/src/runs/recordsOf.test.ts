import { expect, it } from '@jest/globals';
import { recordsOf } from './recordsOf.ts';

const files = (others: Record<string, string>) =>
  new Map(Object.entries({ 'config.json': '{"options": {"epsilon": 3}}', ...others }));

it('reads the files of a run folder', () => {
  const metrics = '{"epoch": 0, "validationAccuracy": 0.5}\n{"epoch": 1, "validationAcc';
  const records = recordsOf('a', files({ 'metrics.jsonl': metrics }));
  expect(records).toEqual({
    name: 'a',
    config: { options: { epsilon: 3 } },
    metrics: [{ epoch: 0, validationAccuracy: 0.5 }],
    schedule: [],
    summary: null,
  });
});

it('says what is missing or damaged', () => {
  expect(() => recordsOf('a', new Map([['x.txt', '']]))).toThrow(
    'config.json among them; got x.txt',
  );
  expect(() => recordsOf('a', files({ 'summary.json': '{' }))).toThrow(
    'summary.json: expected JSON',
  );
  const broken = files({ 'schedule.jsonl': '{\n{"epoch": 1}\n' });
  expect(() => recordsOf('a', broken)).toThrow('schedule.jsonl, line 1: expected JSON');
});
