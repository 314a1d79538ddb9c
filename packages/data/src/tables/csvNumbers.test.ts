import { describe, expect, it } from '@jest/globals';
import { subset } from '../subset.ts';
import { weightedDataset } from '../weightedDataset.ts';
import { csvNumbers, csvTable } from './csvTable.ts';
import type { CsvOptions } from './tableOptions.ts';

const homes = 'rooms,price,rent,ward\n2,100,0,A\n4,300,1,B\n3,?,0,A\n';
const wards = { ward: ['A', 'B'] };
const whole = homes.replace('?', '200');

async function read(text: string, options: CsvOptions) {
  const dataset = csvNumbers(text, 'f', options);
  const rows = Array.from({ length: dataset.count }, (_, row) => row);
  const { inputs, targets } = await dataset.read(rows);
  return { dataset, inputs: [...inputs], targets: [...targets] };
}

const refused = (text: string, options: CsvOptions) =>
  expect(() => csvNumbers(text, 'f', { categories: wards, ...options }));

describe('numeric targets', () => {
  it('are a column, unscaled, and not an input', async () => {
    const options = { targets: 'price', categories: wards, drop: ['rent'] };
    const { dataset, inputs, targets } = await read(whole, options);
    expect(dataset).toMatchObject({ count: 3, targetShape: [], classNames: ['price'] });
    expect(dataset.inputNames).toEqual(['rooms', 'ward=A', 'ward=B']);
    expect(targets).toEqual([100, 300, 200]);
    expect(inputs).toEqual([2, 1, 0, 4, 0, 1, 3, 1, 0]);
    const byDefault = whole.replace('price', 'target');
    expect((await read(byDefault, { categories: wards })).targets).toEqual(targets);
  });

  it('are scaled only by public numbers', async () => {
    const standardization = { price: { mean: 200, deviation: 100 } };
    const options = { targets: 'price', categories: wards, standardization };
    expect((await read(whole, options)).targets).toEqual([-1, 1, 0]);
    // One more row does not change the others.
    expect((await read(`${whole}9,900,1,A\n`, options)).targets).toEqual([-1, 1, 0, 7]);
  });

  it('are several columns, in the order in which they are named', async () => {
    for (const targets of ['rent, price', ['rent', 'price']]) {
      const found = await read(whole, { targets, categories: wards });
      expect(found.targets).toEqual([0, 100, 1, 300, 0, 200]);
      expect(found.dataset).toMatchObject({ targetShape: [2], classNames: ['rent', 'price'] });
      expect(found.dataset.inputNames).toEqual(['rooms', 'ward=A', 'ward=B']);
    }
    const comma = await read('a;x,y\n1;2,5\n', {
      targets: 'x,y',
      delimiter: ';',
      decimalComma: true,
    });
    expect(comma.targets).toEqual([2.5]);
  });

  it('are labels of 0 and 1, which may be written as words', async () => {
    const text = 'a,cough,fever\n1,true,no\n2,false,yes\n';
    const replace = { fever: { no: '0', yes: '1' } };
    const { targets } = await read(text, { targets: 'cough,fever', replace });
    expect(targets).toEqual([1, 0, 0, 1]);
  });

  it('are refused if missing, unless there is a public substitute', async () => {
    refused(homes, { targets: 'price' }).toThrow(
      /^f, row 2, column price: the target is missing: leave such rows out.*--missing 'price=0'/,
    );
    // A rule for all columns applies to the inputs only.
    refused(homes, { targets: 'price', missing: 'indicator' }).toThrow('the target is missing');
    refused(homes, { targets: 'price', missing: { price: 'indicator' } }).toThrow(
      'column price: expected missing of a target to be refuse or a number, got "indicator"',
    );
    const missing = { price: 150 };
    const found = await read(homes, { targets: 'price', categories: wards, missing });
    expect(found.targets).toEqual([100, 300, 150]);
  });

  it('are refused if they are not numbers, with a remedy', () => {
    refused(whole, { targets: 'ward', categories: {} }).toThrow(
      /^f, row 0, column ward: expected a finite number as the target.*--task classification or binary/,
    );
    refused(whole.replace('300', '1e39'), { targets: 'price' }).toThrow('within float32');
    refused(whole, { targets: 'price', categories: { ...wards, price: ['1'] } }).toThrow(
      /column price: categories, standardization and missing apply to columns of inputs/,
    );
    refused(whole, {}).toThrow(/expected a column target, got .* name one of them as the targets/);
    refused(whole, { targets: ['price', 'price'] }).toThrow('expected each target once');
    refused(whole, { targets: 'price', classNames: ['a', 'b'] }).toThrow(
      'classNames (--class-names, --class-count) do not apply',
    );
    refused(whole, { targets: 'price', drop: ['price'] }).toThrow('cannot leave out the columns');
  });

  it('give a warning if they are large', async () => {
    const options = { targets: 'price', categories: wards };
    const { dataset } = await read(whole, options);
    expect(dataset.warnings).toEqual([expect.stringMatching(/^price: targets beyond ±20/)]);
    const standardization = { price: { mean: 200, deviation: 100 } };
    const scaled = await read(whole, { ...options, standardization });
    expect(scaled.dataset.warnings).toEqual([]);
  });

  it('have one scale each, however their name is spelled', () => {
    const scale = { mean: 200, deviation: 100 };
    const standardization = { price: scale, ' price': { mean: 0, deviation: 1 } };
    expect(() => csvNumbers(whole, 'f', { targets: 'price', standardization })).toThrow(
      'f: expected each column once in standardization (--standardization), got price,  price',
    );
  });

  it('may have a comma in their names, if they are in a list', async () => {
    const table = '"left, hand",right,a\n1,0,3\n';
    const both = csvNumbers(table, 'f', { targets: ['left, hand', 'right'] });
    expect([...(await both.read([0])).targets]).toEqual([1, 0]);
    expect(() => csvNumbers(table, 'f', { targets: 'left, hand,right' })).toThrow(
      /expected a column left, got "left, hand", right, a; .*; put a name with a comma into a list/,
    );
  });

  it('are not taken for classes', () => {
    const message = /expected one column of the class, got 2 as targets.*--task multilabel/;
    expect(() => csvTable(whole, 'f', { targets: ['rent', 'price'] })).toThrow(message);
  });
});

describe('a column of weights', () => {
  const text = 'a,w,class\n1,0.5,0\n2,0,1\n3,1,1\n';
  const classNames = ['0', '1'];
  const weighted = (options: CsvOptions = {}, table = text) =>
    csvTable(table, 'f', { classNames, weights: 'w', ...options });

  it('is in each batch, and not an input', async () => {
    const dataset = weighted();
    expect(dataset).toMatchObject({ inputNames: ['a'], greatestWeight: 1 });
    const { inputs, weights } = await dataset.read([2, 0], { size: 3 });
    expect([...inputs]).toEqual([3, 1, 0]);
    expect([...weights!]).toEqual([1, 0.5, 0]);
    expect((await csvTable(text, 'f', { classNames }).read([0])).weights).toBeUndefined();
  });

  it('is kept in a subset', async () => {
    const part = subset(weighted(), [2, 1]);
    expect(part.greatestWeight).toBe(1);
    expect([...(await part.read([0, 1])).weights!]).toEqual([1, 0]);
  });

  it('is supported for numeric targets', async () => {
    const dataset = csvNumbers(text, 'f', { targets: 'class', weights: 'w' });
    expect([...(await dataset.read([0, 1])).weights!]).toEqual([0.5, 0]);
    expect(dataset.inputNames).toEqual(['a']);
  });

  it('is at least 0, and at most the public bound', async () => {
    const above = text.replace(',1,1\n', ',12,1\n');
    expect(() => weighted({}, above)).toThrow(
      /^f, row 2, column w: expected a weight from 0 to 1; divide.*\(--greatest-weight\); a column is divided by standardization \(--standardization 'w=0,10'\)$/,
    );
    const { weights } = await weighted({ greatestWeight: 20 }, above).read([2]);
    expect([...weights!]).toEqual([12]);
    const standardization = { w: { mean: 0, deviation: 12 } };
    const scaled = await weighted({ standardization }, above).read([2, 0]);
    expect([...scaled.weights!]).toEqual([1, Math.fround(0.5 / 12)]);
    const tenth = 'a,w,class\n1,0.1,0\n2,0.1,1\n';
    expect(await weighted({ greatestWeight: 0.1 }, tenth).read([0])).toMatchObject({
      weights: Float32Array.of(0.1),
    });
    for (const greatestWeight of [0, -1, NaN, 1e40, 1e-50, '2' as never]) {
      expect(() => weighted({ greatestWeight })).toThrow('greatestWeight: expected a positive');
    }
    for (const wrong of ['-1', 'inf', 'x', '1e400']) {
      expect(() => weighted({}, text.replace('0.5', wrong))).toThrow('row 0, column w: expected a');
    }
    expect(() => weighted({}, text.replace('0.5', ''))).toThrow(
      'row 0, column w: the weight is missing: leave the row out; expected',
    );
  });

  it('is copied when checked', async () => {
    const weights = [1, 0.5, 1];
    const dataset = weightedDataset(csvTable(text, 'f', { classNames }), weights, { where: 'w' });
    weights[1] = NaN;
    expect([...(await dataset.read([1])).weights!]).toEqual([0.5]);
  });

  it('contains only numbers, in a program without types too', () => {
    for (const wrong of ['1', true, 1n, [1], undefined]) {
      const weights = [1, wrong as never, 1];
      expect(() =>
        weightedDataset(csvTable(text, 'f', { classNames }), weights, { where: 'w' }),
      ).toThrow('w, row 1: expected a weight from 0 to 1');
    }
  });

  it('must exist, and has no other use', () => {
    expect(() => weighted({ weights: 'v' })).toThrow('expected a column v, got a, w, class');
    const ofItsOwn =
      /^f, column class: this column holds targets; weights \(--weights\) need a separate column/;
    expect(() => weighted({ weights: 'class' })).toThrow(ofItsOwn);
    const numbers = { targets: ['w', 'class'], weights: 'class' };
    expect(() => csvNumbers(text, 'f', numbers)).toThrow(ofItsOwn);
    expect(() => weighted({ drop: ['w'] })).toThrow(
      /cannot leave out the columns of the class.*, got w; remove it from the list/,
    );
    expect(() => weighted({ categories: { w: ['1'] } })).toThrow('apply to columns of inputs');
    expect(() => csvTable(text, 'f', { classNames, greatestWeight: 2 })).toThrow(
      'greatestWeight (--greatest-weight) is for a column of weights',
    );
  });
});
