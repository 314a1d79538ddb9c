import { coresInUse } from './coresInUse.mjs';
import { measureTraining } from './measureTraining.mjs';
import { median } from './measure.mjs';
import { nodes } from './peers/nodes.mjs';
import { opacus } from './peers/opacus.mjs';
import { trainingSettings } from './trainingSettings.mjs';

/** Seconds that one measurement of a model takes about, the start of its process included. */
const roughSeconds = { mlp: 5, 'small-cnn': 5, transformer: 6, resnet20: 12, resnet18: 25 };

const arithmetics = [
  { arithmetic: 'float32', percent: '0', format: 'luq-fp4' },
  { arithmetic: '90 % in luq-fp4', percent: '90', format: 'luq-fp4' },
  { arithmetic: '90 % in int8', percent: '90', format: 'int8' },
];

/** Whole private steps of the same networks here and in Opacus, on several versions of Node. */
export default {
  name: 'peers',
  description: 'whole private steps beside Opacus, on Node 20, 22 and 24',
  flags: {
    models: (text) => text.split(',').map(modelName),
    turns: wholeNumber,
    threads: (text) => text.split(',').map(wholeNumber),
  },

  async run({ log, flags }) {
    const { models = Object.keys(roughSeconds), turns = 3, threads: threadCounts = [1, 2] } = flags;
    const peer = opacus({ kinds: [] }, log);
    const subjects = [
      ...nodes(log).flatMap((node) => arithmetics.map((each) => ownSteps(node, each))),
      ...(peer ? ['hooks', 'ghost'].map((kind) => opacusSteps(kind, peer, log)) : []),
    ];
    const perModel = turns * threadCounts.length * subjects.length;
    const seconds = models.reduce((sum, model) => sum + perModel * roughSeconds[model], 0);
    const count = models.length * perModel;
    log(`${count} measurements; about ${Math.ceil(seconds / 60)} min on an idle machine`);

    const rows = [];
    let done = 0;
    for (const model of models) {
      const found = new Map(
        threadCounts.map((threads) => [threads, subjects.map(() => ({ rates: [], others: [] }))]),
      );
      let parameters;
      // In turns, so that whatever else the machine does falls on all of them alike.
      for (let turn = 1; turn <= turns; turn++) {
        for (const threads of threadCounts) {
          for (const [i, { training, measure }] of subjects.entries()) {
            const where = `${model}, turn ${turn}, threads ${threads}, ${training}`;
            const others = Math.round(100 * (await coresInUse()));
            const result = attempt(() => sameNetwork(measure(model, threads), parameters));
            log(`${++done} of ${count}: ${where}: ${outcome(result, others)}`);
            if (result.problem) continue;
            parameters ??= result.parameters;
            found.get(threads)[i].rates.push(result.examplesPerSecond);
            found.get(threads)[i].others.push(others);
          }
        }
      }
      for (const [threads, results] of found) {
        rows.push(...tableRows(model, threads, subjects, results));
      }
    }
    return rows;
  },
};

/** What `measure` gives, or {problem}: a measurement that fails must not lose hours of others. */
function attempt(measure) {
  try {
    return measure();
  } catch (error) {
    return { problem: error.message };
  }
}

/** @throws Error where the network has another number of parameters than those before, if any */
function sameNetwork(result, parameters = result.parameters) {
  if (result.parameters === parameters) return result;
  throw new Error(`expected ${parameters} parameters as before, got ${result.parameters}`);
}

function outcome({ problem, examplesPerSecond }, others) {
  if (problem) return `failed: ${problem}`;
  const beside = others > 10 ? `; others use ${others} % of the cores` : '';
  return `${round(examplesPerSecond)} examples/s${beside}`;
}

function ownSteps({ path, version }, { arithmetic, percent, format }) {
  return {
    training: `Node ${version}, ${arithmetic}`,
    /** What its speed is compared with. */
    reference: `Node ${version}, float32`,
    isPeer: false,
    measure(model, threads) {
      const settings = { format, node: path };
      const { imagesPerSecond, parameters } = measureTraining(model, percent, threads, settings);
      return { examplesPerSecond: imagesPerSecond, parameters };
    },
  };
}

function opacusSteps(kind, { version }, log) {
  return {
    training: `${version}, ${kind}`,
    isPeer: true,
    measure(model, threads) {
      const { batch, steps: turns } = trainingSettings[model];
      const setting = { model, batch, turns, threads, kinds: [kind], whole: true };
      const result = opacus(setting, log);
      if (!result) throw new Error('no result');
      const { parameters, steps } = result;
      return { examplesPerSecond: batch / steps[kind].seconds, parameters };
    },
  };
}

/** @param results of each subject {rates, others}, in each turn: examples/s, % of the cores */
function tableRows(model, threads, subjects, results) {
  const medians = results.map(({ rates }) => (rates.length > 0 ? median(rates) : null));
  const peers = medians.filter((rate, i) => subjects[i].isPeer && rate !== null);
  const fasterPeer = peers.length > 0 ? Math.max(...peers) : null;
  return subjects.map(({ training, reference }, i) => {
    const { rates, others } = results[i];
    const isMeasured = rates.length > 0;
    const own = medians[subjects.findIndex((each) => each.training === reference)];
    return {
      model: `${model}, batch ${trainingSettings[model].batch}`,
      threads,
      training,
      'examples/s': round(medians[i]),
      least: isMeasured ? round(Math.min(...rates)) : null,
      most: isMeasured ? round(Math.max(...rates)) : null,
      'speed / faster Opacus': ratio(medians[i], fasterPeer),
      'speed / own float32': ratio(medians[i], own),
      'others use of the cores, %': isMeasured ? Math.max(...others) : null,
    };
  });
}

function ratio(rate, reference) {
  return rate === null || reference == null ? null : Number((rate / reference).toFixed(2));
}

function round(rate) {
  return rate === null ? null : Number(rate.toFixed(1));
}

function modelName(text) {
  if (text in roughSeconds) return text;
  throw new RangeError(`expected some of ${Object.keys(roughSeconds).join(',')}, got '${text}'`);
}

function wholeNumber(text) {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new RangeError(`expected a whole number from 1, got '${text}'`);
}
