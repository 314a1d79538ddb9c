import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseSchedule } from './parseSchedule.ts';

it('reads the schedule.jsonl of a run, with other keys, blank lines, CRLF and a byte order mark', () => {
  const text =
    '\uFEFF{"epoch":0,"layers":{"conv1":"luq-fp4","dense":"float32"}}\r\n' +
    '\n{"epoch":1,"layers":{},"lossImpacts":{"conv1":0.1}}\n';
  expect(parseSchedule(text)).toEqual({
    interval: 'epoch',
    assignments: [
      new Map([
        ['conv1', 'luq-fp4'],
        ['dense', 'float32'],
      ]),
      new Map(),
    ],
  });
});

it('reads the schedule.jsonl of a run with an interval', () => {
  const lines = [
    '{"epoch":0,"step":0,"interval":3,"layers":{"a":"int8"}}',
    '{"epoch":0,"step":3,"interval":3,"layers":{}}',
    '{"epoch":1,"step":6,"interval":3,"layers":{"b":"luq-fp4"}}',
  ];
  expect(parseSchedule(lines.join('\n'))).toEqual({
    interval: 3,
    assignments: [new Map([['a', 'int8']]), new Map(), new Map([['b', 'luq-fp4']])],
  });
});

it('reads a JSON array', () => {
  const text = '\n[\n  {"conv1": "luq-fp4"},\n  {"dense": "int8"}\n]\n';
  expect(parseSchedule(text)).toEqual({
    assignments: [new Map([['conv1', 'luq-fp4']]), new Map([['dense', 'int8']])],
  });
});

it('reads back any schedule in both forms', () => {
  const name = fc.string({ minLength: 1 });
  const epoch = fc.uniqueArray(fc.tuple(name, name), { selector: ([layer]) => layer });
  fc.assert(
    fc.property(fc.array(epoch, { minLength: 1, maxLength: 5 }), (epochs) => {
      const objects = epochs.map((entries) => Object.fromEntries(entries));
      const expected = objects.map((layers) => new Map(Object.entries(layers)));
      const lines = objects.map((layers, i) => `${JSON.stringify({ epoch: i, layers })}\n`);
      expect(parseSchedule(lines.join('')).assignments).toEqual(expected);
      expect(parseSchedule(JSON.stringify(objects, null, 2)).assignments).toEqual(expected);
    }),
  );
});

describe('errors', () => {
  const good = '{"epoch":0,"layers":{"a":"int8"}}';
  const by3 = '{"epoch":0,"step":0,"interval":3,"layers":{}}';
  it.each([
    ['', /mine\.json: expected at least one epoch, got none; write/],
    [' \n', /at least one epoch/],
    ['[]', /at least one epoch/],
    ['[{"a": int8}]', /mine\.json: expected a JSON array of \{layer: format\} objects: /],
    ['[{"a": "int8"}, ["a"]]', /mine\.json, epoch 1: expected an object .* got Array/],
    ['[{"a": 8}]', /epoch 0: layer 'a': expected the name of a format, got 8/],
    ['[{"a": ""}]', /expected the name of a format, got ""/],
    [`${good}\n\n{"epoch":1,`, /mine\.json, line 3: expected a JSON object like \{"epoch":0/],
    [`${good}\nnull`, /line 2: expected an object with epoch and layers .* got null/],
    ['{"a":"int8"}', /line 1: expected an object with epoch and layers .* got \{"a":"int8"\}/],
    [`${good}\n${good}`, /line 2: expected epoch 1, got 0; there is one line for each epoch/],
    [`${by3}\n${good}`, /line 2: expected the interval 3 of the first line, got undefined/],
    [`${by3}\n${by3}`, /line 2: expected step 3, got 0; there is one line for each 3 steps/],
    ['{"epoch":0,"step":0,"interval":0,"layers":{}}', /line 1: expected an interval .* got 0/],
    ['{"epoch":"0","layers":{}}', /line 1: expected epoch 0, got "0"/],
    ['{"epoch":0,"layers":"all"}', /line 1: expected an object .* got 'all'/],
    ['{"epoch":0,"layers":{"a":null}}', /line 1: layer 'a': .* got null/],
  ])('of %p', (text, message) => {
    const parse = () => parseSchedule(text, 'mine.json');
    expect(parse).toThrow(message);
    expect(parse).toThrow(SyntaxError);
  });
});
