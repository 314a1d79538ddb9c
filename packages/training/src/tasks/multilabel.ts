import { binaryCrossEntropy } from '@dpquant/gradients';
import { confusionOfLabel, figuresOf } from './metrics/confusion.ts';
import { rocAuc } from './metrics/rocAuc.ts';
import { shapeText } from './shapeText.ts';
import type { Metric, Outcomes, Task } from './task.ts';

/**
 * Several binary labels with one logit each; targets are vectors of 0 and 1. Metrics as in
 * scikit-learn: `f1` and `rocAuc`, means over the labels (`macro`; NaN if a label lacks positive or
 * negative examples), and `accuracy`, the share of examples with all labels right.
 */
export function multilabel(): Task {
  return {
    name: 'multilabel',
    loss: binaryCrossEntropy,
    targetShape(outputShape) {
      const [labels] = outputShape;
      if (outputShape.length === 1 && labels! >= 2) return [[labels!]];
      throw new RangeError(
        `task 'multilabel': expected a model with one logit for each of at least two labels, got outputs ` +
          `${shapeText(outputShape)}; give its last layer one unit per label, or take task 'binary' for a single one`,
      );
    },
    metrics: {
      f1: meanOverLabels((outcomes, label) => figuresOf(confusionOfLabel(outcomes, label), 1).f1),
      rocAuc: meanOverLabels(labelRocAuc),
      accuracy: ({ count, outputs, outputLength, targets }) => {
        let right = 0;
        for (let i = 0; i < count; i++) {
          const isRight = (j: number) => outputs[j]! > 0 === targets[j]! > 0.5;
          let j = i * outputLength;
          while (j < (i + 1) * outputLength && isRight(j)) j++;
          if (j === (i + 1) * outputLength) right++;
        }
        return right / count;
      },
    },
    expectedTarget: (target) =>
      Array.from(target).every((label) => label === 0 || label === 1) ? null : 'labels of 0 and 1',
    classReport: (outcomes, names) => ({
      classes: Array.from({ length: outcomes.outputLength }, (_, label) => ({
        name: names.length === outcomes.outputLength ? names[label]! : String(label),
        ...figuresOf(confusionOfLabel(outcomes, label), 1),
      })),
    }),
  };
}

/** Area under the ROC curve of one label. */
export function labelRocAuc(
  { count, outputs, outputLength, targets }: Outcomes,
  label: number,
): number {
  const column = (values: Float32Array) =>
    Float64Array.from({ length: count }, (_, i) => values[i * outputLength + label]!);
  return rocAuc(
    column(outputs),
    Uint8Array.from(column(targets), (value) => Number(value > 0.5)),
  );
}

function meanOverLabels(figure: (outcomes: Outcomes, label: number) => number): Metric {
  return (outcomes) => {
    let sum = 0;
    for (let label = 0; label < outcomes.outputLength; label++) sum += figure(outcomes, label);
    return sum / outcomes.outputLength;
  };
}
