import { expect, it } from '@jest/globals';
import { builtInDatasets } from './builtInDatasets.ts';

it('loads each data set by its name, with one unit per example', async () => {
  expect([...builtInDatasets.keys()]).toEqual(['mnist']);
  for (const [name, load] of builtInDatasets) {
    const dataset = await load();
    expect(dataset.name).toBe(name);
    expect(dataset.privacyUnits.count).toBe(dataset.count);
  }
});
