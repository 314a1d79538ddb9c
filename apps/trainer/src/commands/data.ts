import { Command } from 'commander';
import { partsOf, splitAsGiven, type Dataset, type ExamplePart } from '@dpquant/data';
import { builtInTasks } from '@dpquant/training';
import { nameOrData, nameOrModule, textFor } from '../flags/argumentParsers.ts';
import { sayGivenSplit, sayWarnings } from '../data/dataChecks.ts';
import { dataFlags } from '../flags/dataFlags.ts';
import { builtInDataNames, loadChosenData, type DataChoice } from '../data/loadChosenData.ts';
import { draftSidecar } from '../data/draftSidecar.ts';
import { optionsOf } from '../flags/flags.ts';
import { table } from '../terminal/table.ts';
import { tasksByOutput } from '../flags/taskNames.ts';
import { hasNumbers } from '../flags/tasks.ts';
import type { Terminal } from '../terminal/terminal.ts';

interface DataOptions extends Omit<DataChoice, 'data'> {
  readonly json?: boolean;
  readonly draftSidecar?: boolean;
  readonly lookAtValues?: boolean;
}

/** `dpquant data`: what a data set holds, without its examples. */
export function dataCommand(terminal: Terminal): Command {
  const command = new Command('data')
    .description('Count, shape, classes and privacy units of a data set, without its examples.')
    .argument('<path>', 'file, folder, or a known name', nameOrData(builtInDataNames));
  for (const option of optionsOf(dataFlags)) command.addOption(option);
  return command
    .option(
      '--task <name>',
      `what is to be learned, by which targets are read: ${[...builtInTasks.keys()].join(', ')} (classification)`,
      textFor((text) => tasksByOutput(text) ?? nameOrModule([...builtInTasks.keys()])(text)),
    )
    .option(
      '--draft-sidecar',
      'of a table: writes what is public about it to the file beside it, to be completed, from its header and these flags',
    )
    .option(
      '--look-at-values',
      'with --draft-sidecar: from the values of all rows as well, which is outside the guarantee',
    )
    .option('--json', 'one JSON object on standard output')
    .addHelpText(
      'after',
      `
Reads .npz (arrays x and y, or X_train and y_train …), x….npy with y….npy,
IDX with its labels (.gz or not), CIFAR's .bin, tables (.csv, .tsv, .data,
.txt, .gz or not; column class), and folders of PNG, JPEG, WebP, PGM or PPM
images: a folder a class, or one with GTSRB's table GT-….csv. Folders train and
test (or val) of either are the private and the public part. Arrays that are not
packed stay on the disk, whatever their size. What is public about visits.csv
may stand in visits.csv.json beside it, under the names of these flags
(targets, classNames, categories, missing, …); --draft-sidecar begins that file.

Examples:
  dpquant data images.npz --privacy-unit y,track
  dpquant data visits.csv --privacy-unit person \\
    --categories 'ward=A,B' --standardization 'age=40,10'
  dpquant data visits.csv --draft-sidecar --targets ill --class-names no,yes
  dpquant data prices.csv --task regression --targets price \\
    --standardization 'price=200000,100000'
  dpquant data german.data --no-header --delimiter space --draft-sidecar
  dpquant data GTSRB/Images --privacy-unit '^(\\d+)/(\\d+)_' --image-size 32`,
    )
    .action(async (data: string, options: DataOptions) => {
      if (options.draftSidecar || options.lookAtValues) {
        await draftSidecar({ data, ...options }, terminal);
        return;
      }
      terminal.show(`Reading ${data} …`);
      const dataset = await loadChosenData({ data, ...options });
      const areNumbers = !dataset.targetParts && hasNumbers({ data, ...options });
      const parts = splitAsGiven(dataset);
      const { givenSplit } = dataset;
      const split = givenSplit &&
        parts && {
          training: { folder: givenSplit.training, count: parts.training.count },
          validation: { folder: givenSplit.validation, count: parts.validation.count },
        };
      const description = {
        data,
        count: dataset.count,
        inputShape: dataset.inputShape,
        ...partsOf(dataset),
        ...(dataset.inputNames && { inputNames: dataset.inputNames }),
        classCount: dataset.classNames.length,
        classNames: dataset.classNames,
        classesAreCounted: dataset.classesAreCounted ?? false,
        ...(areNumbers && { targetShape: dataset.targetShape }),
        ...(dataset.greatestWeight !== undefined && { greatestWeight: dataset.greatestWeight }),
        privacyUnits: dataset.privacyUnits.count,
        privacyUnit: dataset.privacyUnits.name ?? null,
        ...(split && { split }),
        guarantee: 'none',
      };
      terminal.say('Outside the privacy guarantee: exact counts of private data');
      sayWarnings(dataset, terminal);
      sayGivenSplit(dataset, terminal);
      if (options.json) {
        terminal.result(JSON.stringify(description));
        return;
      }
      const counted = description.classesAreCounted ? ' (counted from the labels)' : '';
      const rows = [
        ['examples', String(description.count)],
        ...(split
          ? [
              ['private', `${split.training.count} in ${split.training.folder}`],
              ['public', `${split.validation.count} in ${split.validation.folder}`],
            ]
          : []),
        ['shape of one', shapeOf(dataset.inputParts, description.inputShape)],
        ...(dataset.targetParts ? [['targets of one', shapeOf(dataset.targetParts, [])]] : []),
        ...(dataset.inputNames ? [['inputs', listed(dataset.inputNames)]] : []),
        areNumbers
          ? ['targets', targetsOf(dataset)]
          : ['classes', `${listed(dataset.classNames)}${counted}`],
        ...(dataset.greatestWeight === undefined
          ? []
          : [['weights', `from 0 to ${dataset.greatestWeight}`]]),
        [
          'privacy units',
          `${description.privacyUnits} (${description.privacyUnit ?? 'each example'})`,
        ],
      ];
      for (const line of table(rows, { left: [0, 1] })) terminal.result(line);
    });
}

/** The inputs of one example: their names, else their shape. */
function targetsOf({ classNames, targetShape }: Dataset): string {
  if (classNames.length > 0) return listed(classNames);
  return targetShape.length === 0 ? '1' : targetShape.join(' × ');
}

/** That of each part where there are several. */
function shapeOf(parts: readonly ExamplePart[] | undefined, whole: readonly number[]): string {
  if (!parts) return whole.join(' × ');
  return parts.map(({ name, shape }) => `${name} ${shape.join(' × ') || '1'}`).join(', ');
}

/** Their number, and the first of them. */
function listed(names: readonly string[]): string {
  return `${names.length}: ${names.slice(0, 10).join(', ')}${names.length > 10 ? ', …' : ''}`;
}
