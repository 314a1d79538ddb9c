import { Command } from 'commander';
import { softmaxCrossEntropy } from '@dpquant/gradients';
import { TrainingPlan, valueAtStep } from '@dpquant/mechanisms';
import { fullPrecision } from '@dpquant/scheduling';
import { RunFolder } from '@dpquant/training/node';
import { count } from '../argumentParsers.ts';
import { clippingRuleOf } from '../clippingRules.ts';
import { loadDataSet } from '../dataSets.ts';
import {
  diagnoseLayers,
  diagnoseRun,
  type LayerDiagnosis,
  type StepDiagnosis,
} from '../diagnosis.ts';
import { optimizerOf } from '../optimizers.ts';
import { readRunConfig } from '../readRunRecords.ts';
import { startBackendOf } from '../runBackend.ts';
import { splitData } from '../runPlan.ts';
import type { RunConfig } from '../runRecords.ts';
import { requireSameStart, startingModel } from '../startingModel.ts';
import { table } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usageError.ts';

interface DiagnoseOptions {
  readonly steps: number;
  readonly points: number;
  readonly json?: boolean;
}

/** `dpquant diagnose`: the paper's quantities, looking at what privacy hides. */
export function diagnoseCommand(terminal: Terminal): Command {
  return new Command('diagnose')
    .description(
      'Noise, gradients and quantization errors of a run, which is trained anew: outside the guarantee.',
    )
    .argument('<run>', 'folder of the run whose settings are used')
    .option('--steps <n>', 'steps to train', count, 32)
    .option('--points <n>', 'steps to look at', count, 8)
    .option('--json', 'one JSON object on standard output')
    .addHelpText(
      'after',
      `
Example:
  dpquant diagnose runs/a

Looks at un-noised gradients of private examples: nothing that it prints is covered by a privacy guarantee. It
trains twice from the start, with the run's noise and without, under the same data, sampling and clipping, all
layers in float32, and then holds each layer's gradient in the run's format against float32, on public examples.`,
    )
    .action(async (path: string, { steps, points, json }: DiagnoseOptions, command: Command) => {
      if (points > steps && command.getOptionValueSource('points') === 'cli') {
        throw new UsageError(
          `points: ${points} steps to look at are more than the ${steps} that are trained; give fewer, or more --steps`,
        );
      }
      const folder = await RunFolder.open(path);
      const config = await readRunConfig(folder);
      const found = await diagnose(config, { steps, points }, terminal);
      if (json) terminal.result(JSON.stringify({ run: path, guarantee: 'none', ...found }));
      else for (const line of lines(found)) terminal.result(line);
    });
}

interface Diagnosis {
  readonly withNoise: readonly StepDiagnosis[];
  readonly withoutNoise: readonly StepDiagnosis[];
  readonly format: string;
  readonly layers: readonly LayerDiagnosis[];
}

async function diagnose(
  config: RunConfig,
  { steps, points }: { steps: number; points: number },
  terminal: Terminal,
): Promise<Diagnosis> {
  const { options, plan: planned, start } = config;
  terminal.show(`Reading ${options.data} …`);
  const { training, validation } = splitData(await loadDataSet(options), options);
  await startBackendOf(config, terminal);
  terminal.say('Outside the privacy guarantee: un-noised gradients of private examples');
  const trainWith = async (noiseMultiplier: number, what: string) => {
    const { model, record } = await startingModel(options, training);
    requireSameStart(start, record);
    const found = await diagnoseRun({
      model,
      loss: softmaxCrossEntropy,
      training,
      plan: new TrainingPlan({
        unitCount: planned.unitCount,
        sampleRate: planned.sampleRate,
        noiseMultiplier,
        // Whatever the run's is: what is shown is un-noised.
        guarantee: 'none',
        clipNorm: options.clipNorm,
        steps,
        stepsPerEpoch: planned.stepsPerEpoch,
      }),
      optimizer: optimizerOf(options, planned.steps),
      clipping: clippingRuleOf(options.clipping),
      schedule: { policy: fullPrecision(), format: options.format, budget: { quantizedLayers: 0 } },
      seed: options.seed,
      physicalBatchSize: options.physicalBatchSize,
      every: Math.max(1, Math.floor(steps / points)),
      onStep: (step) => terminal.show(`${what}: step ${step + 1}/${steps}`),
    });
    return { found, model };
  };
  const noiseMultiplier = valueAtStep(planned.noiseMultiplier, 0, planned.steps);
  const noisy = await trainWith(noiseMultiplier, 'with noise');
  const plain = await trainWith(0, 'without noise');
  terminal.show('quantization errors, layer by layer');
  const { format, seed } = options;
  const layers = await diagnoseLayers(noisy.model, validation, { format, seed });
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
