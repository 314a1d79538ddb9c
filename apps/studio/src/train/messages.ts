/** What is trained, and how: all that a run is begun with, besides the data. Public. */
export interface TrainSettings {
  readonly model: string;
  readonly policy: string;
  readonly format: string;
  /** Share of the layers in the format. */
  readonly quantizedFraction: number;
  readonly epsilon: number;
  readonly delta: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** Share of the privacy units that is public. */
  readonly validationFraction: number;
  /** Fixes initial weights, split, schedule and rounding; never sampling and noise. */
  readonly seed: number;
}

/** Where data come from; files never leave the tab. */
export type DataSource =
  | { readonly kind: 'digits' }
  | { readonly kind: 'files'; readonly files: readonly File[]; readonly choice: FileChoice };

/** What is said of files; all of it is public. */
export interface FileChoice {
  /** Names of the classes, where the file does not name them. */
  readonly classNames?: readonly string[] | undefined;
  /** CSV: column of the classes. NPZ: array of them. */
  readonly targets?: string | undefined;
  /** Columns or arrays whose values together name a privacy unit. */
  readonly privacyUnit?: readonly string[] | undefined;
}

export interface LoadedData {
  readonly name: string;
  readonly count: number;
  readonly unitCount: number;
  readonly inputShape: readonly number[];
  readonly classNames: readonly string[];
  /** For the owner of the data, who sits at this page. */
  readonly warnings: readonly string[];
}

export interface Estimate {
  readonly steps: number;
  readonly noiseMultiplier: number;
  readonly analyses: number;
  /** By label. */
  readonly epsilon: Readonly<Record<'training' | 'analysis' | 'total', number>>;
  readonly seconds: number;
  readonly secondsPerStep: number;
  readonly warnings: readonly string[];
}

/** What the page asks of the worker. */
export type Request =
  | { readonly kind: 'load'; readonly source: DataSource }
  | { readonly kind: 'estimate'; readonly settings: TrainSettings }
  | { readonly kind: 'train'; readonly settings: TrainSettings; readonly run: string }
  | { readonly kind: 'stop' }
  | { readonly kind: 'files'; readonly run: string }
  | { readonly kind: 'remove'; readonly run: string };

/** A file of a finished or interrupted run, to be saved. */
export interface RunFile {
  readonly name: string;
  readonly type: string;
  readonly content: BlobPart;
}

export interface Layer {
  readonly name: string;
  readonly multiplyAccumulates: number;
}

/** What the worker tells the page. */
export type Message =
  | {
      readonly kind: 'backend';
      readonly device: string;
      readonly threads: number;
      readonly notes: readonly string[];
    }
  | { readonly kind: 'loaded'; readonly data: LoadedData }
  | { readonly kind: 'estimated'; readonly estimate: Estimate }
  | {
      readonly kind: 'begin';
      readonly resumed: boolean;
      readonly steps: number;
      readonly firstStep: number;
      readonly stepsPerEpoch: number;
      readonly layers: readonly Layer[];
      readonly lostSteps: number;
    }
  | {
      readonly kind: 'decision';
      readonly epoch: number;
      readonly formats: Readonly<Record<string, string>>;
      readonly probabilities: Readonly<Record<string, number>> | null;
    }
  | { readonly kind: 'impacts'; readonly impacts: Readonly<Record<string, number>> }
  | {
      readonly kind: 'step';
      readonly steps: number;
      readonly epoch: number;
      readonly examplesPerSecond: number;
      /** ε of what is charged, by label, where it was computed for this message. */
      readonly spent?: Readonly<Record<'training' | 'analysis' | 'total', number>>;
    }
  | {
      readonly kind: 'epoch';
      readonly epoch: number;
      readonly epsilon: number;
      readonly accuracy: number | null;
    }
  | {
      readonly kind: 'ended';
      readonly stopped: string;
      readonly epsilon: number;
      readonly accuracy: number | null;
    }
  | { readonly kind: 'files'; readonly run: string; readonly files: readonly RunFile[] }
  | { readonly kind: 'removed'; readonly run: string }
  | { readonly kind: 'failed'; readonly during: Request['kind']; readonly message: string };
