import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseSchedule } from './parseSchedule.ts';

it('reads the schedule.jsonl of a run, with further keys, blank lines, CRLF and a byte order mark', () => {
  const text =
    '\uFEFF{"epoch":0,"layers":{"conv1":"luq-fp4","dense":"float32"}}\r\n' +
    '\n{"epoch":1,"layers":{},"lossImpacts":{"conv1":0.1}}\n';
  expect(parseSchedule(text)).toEqual([
    new Map([
      ['conv1', 'luq-fp4'],
      ['dense', 'float32'],
    ]),
    new Map(),
  ]);
});

it('reads a JSON array', () => {
  const text = '\n[\n  {"conv1": "luq-fp4"},\n  {"dense": "int8"}\n]\n';
  expect(parseSchedule(text)).toEqual([
    new Map([['conv1', 'luq-fp4']]),
    new Map([['dense', 'int8']]),
  ]);
});

it('reads back any schedule in both forms', () => {
  const name = fc.string({ minLength: 1 });
  const epoch = fc.uniqueArray(fc.tuple(name, name), { selector: ([layer]) => layer });
  fc.assert(
    fc.property(fc.array(epoch, { minLength: 1, maxLength: 5 }), (epochs) => {
      const objects = epochs.map((entries) => Object.fromEntries(entries));
      const expected = objects.map((layers) => new Map(Object.entries(layers)));
      const lines = objects.map((layers, i) => `${JSON.stringify({ epoch: i, layers })}\n`);
      expect(parseSchedule(lines.join(''))).toEqual(expected);
      expect(parseSchedule(JSON.stringify(objects, null, 2))).toEqual(expected);
    }),
  );
});

describe('errors', () => {
  const good = '{"epoch":0,"layers":{"a":"int8"}}';
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
    ['{"epoch":"0","layers":{}}', /line 1: expected epoch 0, got "0"/],
    ['{"epoch":0,"layers":"all"}', /line 1: expected an object .* got 'all'/],
    ['{"epoch":0,"layers":{"a":null}}', /line 1: layer 'a': .* got null/],
  ])('of %p', (text, message) => {
    const parse = () => parseSchedule(text, 'mine.json');
    expect(parse).toThrow(message);
    expect(parse).toThrow(SyntaxError);
  });
});
