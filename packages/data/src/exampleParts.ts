/** One of several inputs or targets of an example. */
export interface ExamplePart {
  /** Name of the model's input or output that it belongs to. */
  readonly name: string;
  /** Shape of one example; [] for a single number. */
  readonly shape: readonly number[];
}

/** One of several inputs. */
export interface InputPart extends ExamplePart {
  /** Whether the values are unsigned bytes divided by 255, such as pixels. Default false. */
  readonly bytesAreScaled?: boolean;
}

/** One of several targets. */
export interface TargetPart extends ExamplePart {
  /** Names of its classes or labels, for reports. */
  readonly classNames?: readonly string[];
}

/** The parts of examples with several inputs or targets. */
export interface ExampleParts {
  /**
   * The inputs of an example, in the order in which they are concatenated in `inputs`; `inputShape`
   * is then their total length. Left out if there is one input.
   */
  readonly inputParts?: readonly InputPart[];
  /** The same for targets and `targetShape`. */
  readonly targetParts?: readonly TargetPart[];
}

/** The parts of a data set, for a data set derived from it that leaves its rows unchanged. */
export function partsOf({ inputParts, targetParts }: ExampleParts): ExampleParts {
  return { ...(inputParts && { inputParts }), ...(targetParts && { targetParts }) };
}
