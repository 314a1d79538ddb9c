import { gradientSteps } from './gradientSteps.mjs';

// `node peakMemory.mjs MODEL plain|FORMAT`: megabytes that a process takes at most for a few steps,
// above what it took before the first. A process of its own, so that nothing else's memory is in
// it.

const [name, step] = process.argv.slice(2);
const steps = await gradientSteps(name);
const run = step === 'plain' ? steps.plain : steps.privately(step);
steps.forward();
globalThis.gc?.();
const before = process.memoryUsage().rss;
for (let i = 0; i < 3; i++) await run();
const peak = process.resourceUsage().maxRSS * 1024;
process.stdout.write(String((peak - before) / 2 ** 20));
