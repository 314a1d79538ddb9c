import { Command } from 'commander';
import { startBackend } from '@dpquant/backends';
import { loadModel } from '@dpquant/models/node';
import { accuracy } from '@dpquant/training';
import { RunFolder } from '@dpquant/training/node';
import { dataSetNameOrPath, loadDataSet } from '../dataSets.ts';
import type { Terminal } from '../terminal.ts';
import { splitData } from '../runPlan.ts';
import type { RunConfig } from '../runRecords.ts';
import { UsageError } from '../usageError.ts';

interface EvaluateOptions {
  readonly data?: string;
  readonly backend: string;
  readonly json?: boolean;
}

/** `dpquant evaluate`: accuracy of a finished run. */
export function evaluateCommand(terminal: Terminal): Command {
  return new Command('evaluate')
    .description('Accuracy of a finished run on the public part of a data set.')
    .argument('<run>', 'folder of the run')
    .option('--data <name>', "data set (default: the run's own)", dataSetNameOrPath)
    .option('--backend <name>', 'what computes', 'auto')
    .option('--json', 'one JSON object on standard output')
    .addHelpText(
      'after',
      `
Example:
  dpquant evaluate runs/a

The run's own split is used, so that no private example is evaluated.`,
    )
    .action(async (path: string, options: EvaluateOptions) => {
      const folder = await RunFolder.open(path);
      if (!(await folder.isFinished())) {
        throw new UsageError(`${path}: the run is not finished; continue it with --resume`);
      }
      const config = (await folder.readJson('config.json')) as RunConfig;
      const data = options.data ?? config.options.data;
      // What the run knew of its own data holds for another data set only if that has the same path.
      const choice = data === config.options.data ? config.options : { data };
      const { validation } = splitData(await loadDataSet(choice), config.options);
      // Nothing is quantized here, so that no choice of products has to be measured.
      const { name: backend } = await startBackend(options.backend, { products: 'float32' });
      const model = await loadModel(folder.modelPath);
      const result = await accuracy(model, validation);
      if (options.json) {
        terminal.result(
          JSON.stringify({
            run: path,
            data,
            examples: validation.count,
            accuracy: result,
            backend,
          }),
        );
      } else {
        terminal.result(
          `accuracy ${(100 * result).toFixed(2)} % on the ${validation.count} public examples of ${data}`,
        );
      }
    });
}
