import { writeSync } from 'node:fs';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { resumeDurableRun, startDurableRun, type DurableRunOptions } from './durableRun.ts';

// A process that trains in a run folder until it is done or killed: killedRun.ts <folder> <steps>
// [seed]. It writes each release as a line on standard output, immediately.

const [path, steps, seed] = process.argv.slice(2) as [string, string, string | undefined];
const say = (line: string) => writeSync(1, `${line}\n`);

tf.env().set('IS_NODE', false);
await tf.setBackend('cpu');

const options: DurableRunOptions = {
  steps: Number(steps),
  insecureSeed: seed === undefined ? undefined : Number(seed),
  reporter: { onStepEnd: ({ steps }) => void say(`step ${steps - 1}`) },
};
say('begin');
const { stopped } = await resumeDurableRun(path, options).catch((error: unknown) => {
  const { message } = error as Error;
  if (message.includes('is finished')) return { stopped: 'finished before' };
  // Killed before the run was started, and so before anything was computed.
  if (!message.includes('there is no run')) throw error;
  say('start');
  return startDurableRun(path, options, { force: true });
});
say(`end ${stopped}`);
