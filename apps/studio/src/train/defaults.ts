import type { TrainSettings } from './messages.ts';

/** What a run is asked for unless the user says otherwise: the defaults of `dpquant train`. */
export const defaultSettings: TrainSettings = {
  model: 'small-cnn',
  policy: 'loss-aware',
  format: 'luq-fp4',
  quantizedFraction: 0.75,
  epsilon: 3,
  delta: 1e-5,
  epochs: 8,
  batchSize: 512,
  learningRate: 3,
  validationFraction: 0.2,
  seed: 1,
};

/** Networks for images that a tab trains in reasonable time. */
export const imageModels: readonly string[] = ['small-cnn', 'resnet20', 'mlp'];
/** Built-in policies that need no other settings. */
export const policies: readonly string[] = ['loss-aware', 'probabilistic', 'static', 'full'];
/** Formats and mixes to choose from. */
export const formats: readonly string[] = [
  ...['luq-fp4', 'uint4-luq', 'int4-luq', 'int4', 'int8', 'fp8-e4m3', 'bf16'],
];

/** The command line that trains with the same settings. */
export function commandOf(settings: TrainSettings, data: string): string {
  const { format, quantizedFraction, ...always } = settings;
  // Without low precision these two have no effect, and are refused.
  const used = settings.policy === 'full' ? always : settings;
  const flags = Object.entries({ ...used } as Record<string, string | number>).map(
    ([name, value]) => {
      const flag = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      return `--${flag} ${value}`;
    },
  );
  return ['npx dpquant train', `--data ${data}`, ...flags].join(' ');
}
