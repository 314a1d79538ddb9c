import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { startBackend } from '@dpquant/backends';
import { imageDataset } from '@dpquant/data';
import {
  agreeOnSetting,
  answerRequests,
  connectOpenMpi,
  DistributedSource,
  giveOrder,
  nextOrder,
  tellFacts,
} from '@dpquant/distributed';
import { softmaxCrossEntropy } from '@dpquant/gradients';
import { createModel } from '@dpquant/models';
import { localSource } from '@dpquant/training';
import { startRanks } from './processes.mjs';

// `node tools/engines/src/stepSpeed.mjs [model] [batch] [turns]`: seconds of the clipped sum of one
// step on one rank and on two, one thread each, in turns, and the engine's share of them.
// Beside other work the processor's seconds of rank 0, which has half of a step of two, tell more.

const [model = 'resnet18', batch = '32', turns = '3'] = process.argv.slice(2);
const size = Number(batch);

async function measureOnRank() {
  await startBackend('wasm', { threads: 1 });
  const communicator = await connectOpenMpi();
  const shape = [32, 32, 3];
  const training = imageDataset({
    name: 'made up',
    pixels: Uint8Array.from({ length: size * 32 * 32 * 3 }, (_, i) => (i * 31 + (i >> 5)) % 256),
    labels: Array.from({ length: size }, (_, i) => i % 10),
    ...{ inputShape: shape, classNames: Array.from({ length: 10 }, (_, i) => String(i)) },
  });
  const network = createModel(model, { inputShape: shape, classes: 10, seed: 1 });
  const local = localSource({ model: network, training, loss: softmaxCrossEntropy });
  const physicalBatchSize = Math.ceil(size / communicator.size);
  const facts = { host: hostname(), device: 'wasm', facts: {}, fingerprints: {} };
  if (communicator.rank > 0) {
    await nextOrder(communicator);
    await tellFacts(communicator, facts);
    await answerRequests(communicator, { source: local, model: network, physicalBatchSize });
  } else {
    await giveOrder(communicator, { kind: 'setting', setting: null });
    const members = await agreeOnSetting(communicator, facts);
    const parts = { communicator, members, model: network, physicalBatchSize };
    await measure(new DistributedSource({ ...parts, source: local }));
  }
  await communicator.close();
}

async function measure(source) {
  const rows = Uint32Array.from({ length: size }, (_, i) => i);
  const times = [];
  let before = source.times;
  let cpu = process.cpuUsage();
  for (let step = 0; step < 3; step++) {
    before = source.times;
    cpu = process.cpuUsage();
    const start = performance.now();
    await source.sum({
      ...{ rows, views: rows.map(() => 1), rowsPerUnit: 1, assignment: new Map() },
      ...{ clipping: { rule: 'flat', clipNorm: 1 }, randomness: { key: [1, 2], step } },
      ...{ weightsVersion: step, physicalBatchSize: size },
    });
    times.push((performance.now() - start) / 1000);
    cpu = process.cpuUsage(cpu);
  }
  const { engine, waiting } = source.times;
  // The first step is slower: kernels are compiled, and all weights are handed over.
  const last = times.at(-1);
  const share = (part, of) => `${((100 * (part - of)) / last).toFixed(1)} %`;
  console.log(
    `${last.toFixed(2)} s, of the processor on rank 0 ${((cpu.user + cpu.system) / 1e6).toFixed(2)} s, engine ${share(engine, before.engine)}, waiting ${share(waiting, before.waiting)}`,
  );
  await source.end(0);
}

if (process.env.OMPI_COMM_WORLD_RANK !== undefined) await measureOnRank();
else {
  const script = fileURLToPath(import.meta.url);
  for (let turn = 0; turn < Number(turns); turn++) {
    for (const ranks of [1, 2]) {
      const { end } = startRanks([[ranks, [model, batch]]], { cwd: '.', script });
      const { text } = await end;
      console.log(`${ranks} of one thread: ${text.trim()}`);
    }
  }
}
