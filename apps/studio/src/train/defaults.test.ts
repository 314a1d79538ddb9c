import { expect, it } from '@jest/globals';
import { builtInModels } from '@dpquant/models';
import { arithmeticNames } from '@dpquant/quantization';
import { builtInPolicies } from '@dpquant/scheduling';
import { commandOf, defaultSettings, formats, imageModels, policies } from './defaults.ts';

it('says the command line of the same training', () => {
  expect(commandOf(defaultSettings, 'mnist')).toBe(
    'npx dpquant train --data mnist --model small-cnn --policy loss-aware --format luq-fp4 --quantized-fraction 0.75 ' +
      '--epsilon 3 --delta 0.00001 --epochs 8 --batch-size 512 --learning-rate 3 --validation-fraction 0.2 --seed 1',
  );
  const full = commandOf({ ...defaultSettings, policy: 'full' }, 'mnist');
  expect(full).not.toMatch(/format|fraction 0\.75/);
});

it('offers only what the packages have', () => {
  expect([...builtInModels.keys()]).toEqual(expect.arrayContaining([...imageModels]));
  expect([...builtInPolicies.keys()]).toEqual(expect.arrayContaining([...policies]));
  expect(arithmeticNames()).toEqual(expect.arrayContaining([...formats]));
});
