import { fileURLToPath } from 'node:url';
import { connectOpenMpi, giveOrder, nextOrder } from '@dpquant/distributed';
import { startRanks } from './processes.mjs';

// `node tools/engines/src/measure.mjs [ranks] [tcp]`: milliseconds that the messages of one step
// take between ranks of this machine, by number of parameters; with `tcp` over TCP on loopback, not
// by shared memory. Medians and least of 30.

const sizes = [10_000, 1_000_000, 11_000_000, 25_000_000];
const turns = 30;

/** The messages of a step: a request, weights, answers, the word to add, sums. */
async function step(communicator, weights, sums) {
  const order = () =>
    communicator.rank === 0 ? giveOrder(communicator, { kind: 'add' }) : nextOrder(communicator);
  await order();
  await communicator.broadcastValues(weights);
  await communicator.gather(new Uint8Array(200));
  await order();
  await communicator.reduce(sums);
}

async function measureOnRank() {
  const communicator = await connectOpenMpi();
  for (const size of sizes) {
    const [weights, sums] = [new Float32Array(size), new Int32Array(size)];
    const times = [];
    for (let turn = 0; turn < turns; turn++) {
      const start = performance.now();
      await step(communicator, weights, sums);
      times.push(performance.now() - start);
    }
    times.sort((a, b) => a - b);
    if (communicator.rank > 0) continue;
    const [least, median] = [times[0], times[turns / 2]].map((time) => time.toFixed(2));
    console.log(`${size} parameters: ${median} ms, at least ${least}`);
  }
  await communicator.close();
}

if (process.env.OMPI_COMM_WORLD_RANK !== undefined) await measureOnRank();
else {
  const [ranks = '2', transport] = process.argv.slice(2);
  const env = transport === 'tcp' ? { OMPI_MCA_btl: 'tcp,self' } : {};
  const itself = fileURLToPath(import.meta.url);
  const { end } = startRanks([[Number(ranks), []]], { cwd: '.', env, script: itself });
  const { code, text } = await end;
  console.log(text.trim());
  process.exitCode = code ?? 1;
}
