/** One of several inputs or targets of an example. */
export interface ExamplePart {
  /** That of the input or output of the model which it is for. */
  readonly name: string;
  /** Of one example; [] for one number. */
  readonly shape: readonly number[];
}

/** One of several inputs. */
export interface InputPart extends ExamplePart {
  /** Whether its values are unsigned bytes divided by 255, as pixels are; false if left out. */
  readonly bytesAreScaled?: boolean;
}

/** One of several targets. */
export interface TargetPart extends ExamplePart {
  /** Names of its classes or labels, for reports. */
  readonly classNames?: readonly string[];
}

/** How examples are taken apart that have several inputs or targets. */
export interface ExampleParts {
  /**
   * The inputs of an example in the order in which they stand one after another in `inputs`, where
   * there are several; `inputShape` is then the length of all together. Left out where there is
   * one.
   */
  readonly inputParts?: readonly InputPart[];
  /** The same of targets, and of `targetShape`. */
  readonly targetParts?: readonly TargetPart[];
}

/** The parts of a data set, for one that is made of it and keeps its rows as they are. */
export function partsOf({ inputParts, targetParts }: ExampleParts): ExampleParts {
  return { ...(inputParts && { inputParts }), ...(targetParts && { targetParts }) };
}
