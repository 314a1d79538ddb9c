import { startBackend, stopBackends } from '@dpquant/backends';
import { blankImages } from './blankImages.mjs';
import { checkCase } from './checkCase.mjs';
import { drawCase } from './drawCase.mjs';

/** Seconds between two lines of progress. */
const interval = 10;

/**
 * What a backend has. On graphics processors shaders are compiled for each shape, which takes most
 * of the time.
 */
const drawing = { webgpu: { hasBlockFormats: false, casesOfModel: 8 } };

/**
 * @typedef {object} FuzzOptions
 * @property {string} backend
 * @property {number[]} threads so many times are all cases run, where the backend has threads
 * @property {number} cases
 * @property {number} seed of the first case; those of the others follow
 * @property {boolean} isBlank whether the cases are the fixed list of blank images
 * @property {(text: string) => void} log
 * @property {typeof checkCase} [check] Default `checkCase`
 */

/**
 * Draws cases and checks them.
 *
 * @param {FuzzOptions} options
 */
export async function fuzzExactSums(options) {
  const { backend, threads, cases, seed, isBlank, log, check = checkCase } = options;
  const fixed = isBlank ? blankImages() : null;
  const count = fixed ? fixed.length : cases;
  const caseOf = (i) => fixed?.[i] ?? drawCase(seed + i, drawing[backend]);
  const runs = [];
  const tally = new Tally();
  /** By the case, of the first number of threads. */
  const digests = [];
  for (const wanted of backend === 'wasm' ? threads : [1]) {
    const started = await startBackend(backend, { threads: wanted });
    const where = started.device;
    const start = performance.now();
    let shown = start;
    for (let i = 0; i < count; i++) {
      const drawn = caseOf(i);
      const result = await resultOf(drawn, check);
      digests[i] ??= result.digest;
      if (digests[i] !== result.digest) {
        result.problems.push('another number of threads gives other sums');
      }
      tally.add(drawn, result, where);
      if (result.problems.length > 0) {
        log(`case of seed ${drawn.seed}, ${where}: ${result.problems.join('; ')}`);
      }
      const now = performance.now();
      if (now - shown > 1000 * interval) {
        shown = now;
        log(`${where}: ${i + 1} of ${count} cases, ${tally.failures.length} failed`);
      }
    }
    const seconds = (performance.now() - start) / 1000;
    runs.push({ backend, device: where, threads: started.features.threads, cases: count, seconds });
    // Otherwise its device and its threads keep the process.
    stopBackends();
  }
  return { seed, runs, ...tally.summary() };
}

/** What is thrown is a problem like others. */
async function resultOf(drawn, check) {
  try {
    return await check(drawn);
  } catch (error) {
    return {
      problems: [`${error.name}: ${error.message}`],
      share: 0,
      bounded: 0,
      differsBySize: false,
      digest: '',
    };
  }
}

/** What was tried, and what came of it. */
class Tally {
  failures = [];
  #kinds = {};
  #drawn = { layers: {}, formats: {}, rules: {}, 'values of the added unit': {} };
  #bounded = 0;
  #greatestShare = 0;
  #clipped = 0;
  #nothing = 0;
  #differentBySize = 0;

  add(drawn, { problems, share, bounded, differsBySize }, device) {
    const kind = (this.#kinds[drawn.kind] ??= { checks: 0, failures: 0 });
    kind.checks++;
    if (problems.length > 0) {
      kind.failures++;
      this.failures.push({ seed: drawn.seed, device, problems, case: drawn });
    }
    const count = (name, key) => (this.#drawn[name][key] = (this.#drawn[name][key] ?? 0) + 1);
    for (const layer of drawn.model.layers) count('layers', layer.kind);
    for (const format of new Set(drawn.formats)) count('formats', format);
    count('rules', drawn.rule.name);
    count('values of the added unit', drawn.units.at(-1).fill);
    this.#bounded += bounded;
    this.#greatestShare = Math.max(this.#greatestShare, share);
    if (share > 0.9) this.#clipped++;
    if (share === 0) this.#nothing++;
    if (differsBySize) this.#differentBySize++;
  }

  summary() {
    return {
      kinds: this.#kinds,
      drawn: this.#drawn,
      boundedUnits: this.#bounded,
      greatestShare: this.#greatestShare,
      addedNearTheClipNorm: this.#clipped,
      addedNothing: this.#nothing,
      differentInOtherBatchSizes: this.#differentBySize,
      failures: this.failures,
    };
  }
}
