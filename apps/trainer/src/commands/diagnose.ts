import { Command } from 'commander';
import type { Split } from '@dpquant/data';
import { valueAtStep } from '@dpquant/mechanisms';
import { arithmeticNames } from '@dpquant/quantization';
import { fullPrecision } from '@dpquant/scheduling';
import { lossOf, type ModelTask } from '@dpquant/training';
import { RunFolder } from '@dpquant/training/node';
import { ablationLines } from '../diagnose/ablationLines.ts';
import { count, oneOf, wholeNumber } from '../flags/argumentParsers.ts';
import { loadChosenData } from '../data/loadChosenData.ts';
import {
  diagnoseLayers,
  diagnoseRun,
  type LayerDiagnosis,
  type StepDiagnosis,
} from '../diagnose/diagnosis.ts';
import { ablateOperands, requireQuantizing } from '../diagnose/operandAblation.ts';
import { readRunConfig } from '../run/readRunRecords.ts';
import { startBackendOf } from '../run/runBackend.ts';
import { splitData } from '../run/runPlan.ts';
import type { RunConfig } from '../run/runRecords.ts';
import { requireSameStart, startingModel } from '../models/startingModel.ts';
import { table } from '../terminal/table.ts';
import { trustedTask } from '../flags/tasks.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { trainAnew } from '../run/trainAnew.ts';
import { UsageError } from '../flags/usageError.ts';

interface DiagnoseOptions {
  readonly steps: number;
  readonly points: number;
  readonly format?: string;
  readonly task?: string;
  readonly ablate?: 'operands';
  readonly draws: number;
  readonly trainSteps: number;
  readonly json?: boolean;
}

/** `dpquant diagnose`: the paper's quantities, without privacy. */
export function diagnoseCommand(terminal: Terminal): Command {
  return new Command('diagnose')
    .description(
      'Noise, gradients and quantization errors of a run, which is trained anew: outside the guarantee.',
    )
    .argument('<run>', 'folder of the run whose settings are used')
    .option('--steps <n>', 'steps to train', count, 32)
    .option('--points <n>', 'steps to look at', count, 8)
    .option(
      '--format <name>',
      "format to hold against float32 (the run's)",
      oneOf(arithmeticNames()),
    )
    .option(
      '--ablate <what>',
      'operands: which operand of the format costs how much of the score, instead',
      oneOf(['operands']),
    )
    .option('--draws <n>', '--ablate: draws of the random bits', count, 8)
    .option(
      '--train-steps <n>',
      '--ablate: steps to train each variant, 0 for none',
      wholeNumber,
      32,
    )
    .option('--task <module>', "the run's own task, where it has one")
    .option('--json', 'one JSON object on standard output')
    .addHelpText(
      'after',
      `
Examples:
  dpquant diagnose runs/a
  dpquant diagnose runs/a --ablate operands --format int4

Looks at un-noised gradients of private examples: nothing that it prints is
covered by a privacy guarantee. It trains twice from the start, with the run's
noise and without, under the same data, sampling and clipping, all layers in
float32, and then holds each layer's gradient in the run's format against
float32, on public examples.

--ablate operands trains --steps in float32 and then quantizes all layers, but
only their weights, activations or output gradients, or all three under other
roundings and scales: how far the clipped mean gradient and the loss of public
examples are from float32, as a share of the gradient and of the noise of a
step, and the score of the run's task (accuracy, r2, …) after --train-steps of
training, under the same initial weights, batches and noise. Bias is what all
draws of the rounding have in common, scatter what changes between them.`,
    )
    .action(async (path: string, given: DiagnoseOptions, command: Command) => {
      const { steps, points, json, ablate } = given;
      requireEffect(command, ablate);
      if (points > steps && command.getOptionValueSource('points') === 'cli') {
        throw new UsageError(
          `points: ${points} steps to look at are more than the ${steps} that are trained; give fewer, or more --steps`,
        );
      }
      const folder = await RunFolder.open(path);
      const config = await readRunConfig(folder);
      const task = await trustedTask(config.options, given.task);
      const { format = config.options.format } = given;
      if (ablate) requireQuantizing(format);
      terminal.show(`Reading ${config.options.data} …`);
      const split = splitData(await loadChosenData(config.options), config.options);
      await startBackendOf(config, terminal);
      terminal.say('Outside the privacy guarantee: un-noised gradients of private examples');
      const print = <T extends object>(found: T, linesOf: (found: T) => string[]) => {
        if (json) terminal.result(JSON.stringify({ run: path, guarantee: 'none', ...found }));
        else for (const line of linesOf(found)) terminal.result(line);
      };
      if (ablate) {
        const options = { format, steps, draws: given.draws, trainSteps: given.trainSteps };
        print(
          await ablateOperands(config, { ...split, task }, options, terminal.show),
          ablationLines,
        );
      } else {
        print(
          await diagnose(config, { ...split, task }, { steps, points, format }, terminal),
          lines,
        );
      }
    });
}

/** Refuses flags that would have no effect. */
function requireEffect(command: Command, ablate: DiagnoseOptions['ablate']): void {
  const isGiven = (name: string) => command.getOptionValueSource(name) === 'cli';
  if (ablate && isGiven('points')) {
    throw new UsageError(
      'points: --points has no effect under --ablate operands, which looks at one step; leave one of them out',
    );
  }
  if (ablate && command.opts<DiagnoseOptions>().draws < 2) {
    throw new UsageError('draws: one draw shows no scatter; give at least 2');
  }
  for (const [name, flag] of [
    ['draws', 'draws'],
    ['trainSteps', 'train-steps'],
  ] as const) {
    if (ablate || !isGiven(name)) continue;
    throw new UsageError(
      `${flag}: --${flag} is about --ablate operands; give that, or leave it out`,
    );
  }
}

interface Diagnosis {
  readonly withNoise: readonly StepDiagnosis[];
  readonly withoutNoise: readonly StepDiagnosis[];
  readonly format: string;
  readonly layers: readonly LayerDiagnosis[];
}

async function diagnose(
  config: RunConfig,
  { training, validation, task }: Split & { readonly task: ModelTask },
  { steps, points, format }: { steps: number; points: number; format: string },
  terminal: Terminal,
): Promise<Diagnosis> {
  const { options, plan: planned, start } = config;
  const trainWith = async (noiseMultiplier: number, what: string) => {
    const { model, record } = await startingModel(options, training);
    requireSameStart(start, record);
    const found = await diagnoseRun({
      ...trainAnew(config, {
        ...{ model, task, training, steps, noiseMultiplier },
        schedule: { policy: fullPrecision(), format, budget: { quantizedLayers: 0 } },
      }),
      every: Math.max(1, Math.floor(steps / points)),
      onStep: (step) => terminal.show(`${what}: step ${step + 1}/${steps}`),
    });
    return { found, model };
  };
  const noiseMultiplier = valueAtStep(planned.noiseMultiplier, 0, planned.steps);
  const noisy = await trainWith(noiseMultiplier, 'with noise');
  const plain = await trainWith(0, 'without noise');
  terminal.show('quantization errors, layer by layer');
  const { seed } = options;
  const loss = lossOf(noisy.model, task);
  const layers = await diagnoseLayers(noisy.model, validation, { loss, format, seed });
  return { withNoise: noisy.found, withoutNoise: plain.found, format, layers };
}

function lines({ withNoise, withoutNoise, format, layers }: Diagnosis): string[] {
  const number = (value: number) => value.toPrecision(3);
  const steps = withNoise.map((noisy, i) => {
    const plain = withoutNoise[i]!;
    return [
      String(noisy.step),
      number(noisy.gradientNorm),
      number(noisy.noiseNorm),
      number(noisy.infinityRatio),
      number(noisy.rawNorm),
      number(plain.rawNorm),
      number(noisy.rawNorm / plain.rawNorm),
    ];
  });
  return [
    'Outside the privacy guarantee.',
    '',
    ...table([
      ['step', '‖ḡ‖₂', '‖n‖₂', '‖n‖∞/‖ḡ‖∞', 'raw norm', 'without noise', 'ratio'],
      ...steps,
    ]),
    '',
    `Each layer's gradient in ${format} against float32, relative to its size:`,
    ...table(
      [
        ['layer', 'variance', 'bias'],
        ...layers.map(({ layer, relativeVariance, relativeBias }) => [
          layer,
          number(relativeVariance),
          number(relativeBias),
        ]),
      ],
      { left: [0] },
    ),
  ];
}
