import { loadDataset } from '@dpquant/data/node';
import { channelMeans } from './channelMeans.mjs';

// `npm run check:data`: holds what the loaders read of real data sets against their published
// figures. The data is not part of the repository: an environment variable names each file that is
// at hand, the others are passed over and said to be. Debian's package dataset-fashion-mnist has
// Fashion-MNIST.

const checks = [
  {
    name: 'Fashion-MNIST, training',
    variable: 'DPQUANT_FASHION_MNIST',
    expected: { count: 60_000, shape: '28 × 28 × 1', classes: 10, units: 60_000 },
    // Published as mean 0.2860.
    means: [0.286 * 255],
    within: 0.00005 * 255,
  },
  {
    name: 'Fashion-MNIST, test',
    variable: 'DPQUANT_FASHION_MNIST_TEST',
    expected: { count: 10_000, shape: '28 × 28 × 1', classes: 10, units: 10_000 },
  },
  {
    name: 'CIFAR-10, any part',
    variable: 'DPQUANT_CIFAR10',
    expected: { shape: '32 × 32 × 3', classes: 10 },
    means: [125.3, 123.0, 113.9],
    within: 1,
  },
  {
    name: 'GTSRB, 32 × 32, ten frames a track',
    variable: 'DPQUANT_GTSRB',
    options: { privacyUnit: 'y,track' },
    expected: { count: 13_069, shape: '32 × 32 × 3', classes: 43, units: 1307 },
    means: [86.7, 79.5, 81.9],
    within: 3,
  },
];

const rows = [];
for (const { name, variable, options, expected, means: published, within } of checks) {
  const path = process.env[variable];
  if (path === undefined) {
    rows.push({ name, right: `not at hand: set ${variable}` });
    continue;
  }
  const dataset = await loadDataset(path, options);
  const found = {
    count: dataset.count,
    shape: dataset.inputShape.join(' × '),
    classes: dataset.classNames.length,
    units: dataset.privacyUnits.count,
  };
  const means = await channelMeans(dataset);
  const wrong = Object.keys(expected).filter((key) => found[key] !== expected[key]);
  if (published?.some((value, channel) => !(Math.abs(means[channel] - value) <= within))) {
    wrong.push('means');
  }
  if (wrong.length > 0) process.exitCode = 1;
  rows.push({
    name,
    ...found,
    means: means.map((mean) => mean.toFixed(2)).join(' '),
    published: published?.map((mean) => mean.toFixed(2)).join(' '),
    right: wrong.length === 0 ? 'yes' : `no: ${wrong.join(', ')}`,
  });
}
console.table(rows);
if (rows.every(({ count }) => count === undefined)) {
  console.error('None of the data sets is at hand: nothing was checked.');
  process.exitCode = 1;
}
