import { Command } from 'commander';
import { startBackend } from '@dpquant/backends';
import type { Dataset } from '@dpquant/data';
import { loadModel } from '@dpquant/models/node';
import { evaluate } from '@dpquant/training';
import { RunFolder } from '@dpquant/training/node';
import { nameOrData } from '../flags/argumentParsers.ts';
import { hasSamePublicPart, publicPart } from '../data/dataIdentity.ts';
import { builtInDataNames, loadChosenData, type DataChoice } from '../data/loadChosenData.ts';
import { namedArrays } from '../data/namedArrays.ts';
import { readGuarantee, readRunConfig } from '../run/readRunRecords.ts';
import type { RunConfig } from '../run/runRecords.ts';
import { metricText, trustedTask } from '../flags/tasks.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { UsageError } from '../flags/usageError.ts';

interface EvaluateOptions {
  readonly data?: string;
  readonly task?: string;
  readonly backend: string;
  readonly json?: boolean;
}

/** `dpquant evaluate`: accuracy of a finished run, or the other metrics of its task. */
export function evaluateCommand(terminal: Terminal): Command {
  return new Command('evaluate')
    .description('Accuracy, or the metrics, of a finished run on the public part of a data set.')
    .argument('<run>', 'folder of the run')
    .option('--data <name>', "data set (default: the run's own)", nameOrData(builtInDataNames))
    .option('--task <module>', "the run's own task, where it has one")
    .option('--backend <name>', 'what computes', 'auto')
    .option('--json', 'one JSON object on standard output')
    .addHelpText(
      'after',
      `
Example:
  dpquant evaluate runs/a

The run's own split is used, so that no private example is evaluated. Its data
are known again by their public part, in copies too; of other data the same
share is taken, and the accuracy has no guarantee: whether examples that the run
was trained on are among them is not known. They are read by the run's flags, as
columns and their scales, where that can be; what stands in a file beside a
table has to be beside the other one too.`,
    )
    .action(async (path: string, options: EvaluateOptions) => {
      const folder = await RunFolder.open(path);
      if ((await folder.stage()) !== 'finished') {
        throw new UsageError(`${path}: the run is not finished; continue it with --resume`);
      }
      const config = await readRunConfig(folder);
      const task = await trustedTask(config.options, options.task);
      const { data, validation, isKnown } = await publicExamples(config, options.data);
      const guarantee = isKnown ? await readGuarantee(folder) : 'none';
      if (!isKnown) {
        terminal.say(
          `guarantee: none: ${data} is not known to be what the run was on, so that examples that were private in it may ` +
            'be among these',
        );
      }
      // Nothing is quantized here, so no measurement of integer products is needed.
      const { name: backend } = await startBackend(options.backend, { products: 'float32' });
      const model = await loadModel(folder.modelPath);
      const { metrics, classReport, classReports } = await evaluate(model, validation, task);
      const { accuracy } = metrics;
      if (options.json) {
        terminal.result(
          JSON.stringify({
            run: path,
            data,
            examples: validation.count,
            ...(accuracy !== undefined && { accuracy }),
            metrics,
            ...classReport,
            ...(classReports && { classReports }),
            backend,
            guarantee,
          }),
        );
      } else {
        const shown = accuracy === undefined ? metrics : { accuracy };
        const texts = Object.entries(shown).map(([name, value]) => metricText(name, value));
        terminal.result(
          `${texts.join(', ')} on ${isKnown ? 'the ' : ''}${validation.count} ` +
            `${isKnown ? 'public ' : ''}examples of ${data}`,
        );
      }
    });
}

/**
 * The public examples of a run. On other or changed data the same rule of the split is applied, so
 * they may include examples that were private in the run; `isKnown` is then false.
 */
async function publicExamples(
  { data: record, options }: RunConfig,
  given: string | undefined,
): Promise<{ data: string; validation: Dataset; isKnown: boolean }> {
  const data = given ?? options.data;
  const own = { ...options, data };
  const dataset = await firstReadable(given === undefined ? [own] : [own, ...otherData(own)]);
  const validation = publicPart(record, dataset);
  return { data, validation, isKnown: await hasSamePublicPart(record, validation) };
}

/**
 * Loads the first choice that can be read: the options of the run's own data need not fit other
 * data, so later choices keep fewer of them.
 *
 * @throws what the first rejects with, if none can be read
 */
async function firstReadable([first, ...others]: readonly DataChoice[]): Promise<Dataset> {
  try {
    return await loadChosenData(first!);
  } catch (error) {
    for (const choice of others) {
      const dataset = await loadChosenData(choice).catch(() => undefined);
      if (dataset) return dataset;
    }
    throw error;
  }
}

/**
 * Choices for other data: first without sample weights and privacy units, which metrics do not use;
 * then with path and task only, and with several arrays their names.
 */
function otherData(options: DataChoice): readonly DataChoice[] {
  const { weights, greatestWeight, privacyUnit, ...unweighted } = options;
  const { data, inputs, targets, task } = options;
  const ofTask = { data, ...(task !== undefined && { task }) };
  if (!namedArrays(options)) return [unweighted, ofTask];
  return [
    unweighted,
    {
      ...ofTask,
      ...(inputs !== undefined && { inputs }),
      ...(targets !== undefined && { targets }),
    },
  ];
}
