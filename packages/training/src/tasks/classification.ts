import {
  categoricalCrossEntropy,
  softmaxCrossEntropy,
  type PerExampleLoss,
} from '@dpquant/gradients';
import { withClassWeights, type ClassWeightOptions } from './classWeights.ts';
import {
  classReportOf,
  confusionOfClasses,
  greatest,
  macroF1,
  meanRecall,
  shareOnDiagonal,
} from './metrics/confusion.ts';
import { rocAuc } from './metrics/rocAuc.ts';
import { shapeText } from './shapeText.ts';
import type { Metric, Task } from './task.ts';

/** Cross entropy of logits [n, classes] with class indices [n], or one-hot targets [n, classes]. */
const crossEntropy: PerExampleLoss = Object.assign(
  ((logits, targets) =>
    targets.rank === 2 && targets.shape[1] === logits.shape[1]
      ? categoricalCrossEntropy(logits, targets)
      : softmaxCrossEntropy(logits, targets)) satisfies PerExampleLoss,
  { takesLogits: true },
);

/**
 * Classification into two or more classes, with one logit each. Targets are class indices or
 * one-hot vectors.
 *
 * Metrics as in scikit-learn: `accuracy`; `balancedAccuracy`, the mean recall; `f1`, the mean over
 * classes (`macro`, also for two classes); `rocAuc`, for two classes that of the second, for more
 * the mean of each class against the rest (`ovr`), NaN if a class has no example.
 *
 * @throws RangeError for class weights that are not positive
 */
export function classification(options: ClassWeightOptions = {}): Task {
  return withClassWeights(unweighted, options);
}

const classRocAuc: Metric = ({ count, outputs, outputLength, targets, targetLength }) => {
  const probabilities = softmax(outputs, outputLength);
  const areaOf = (label: number) => {
    const scores = Float64Array.from(
      { length: count },
      (_, i) => probabilities[i * outputLength + label]!,
    );
    const isPositive = Uint8Array.from({ length: count }, (_, i) => {
      const target =
        targetLength === 1 ? targets[i]! : greatest(targets, i * targetLength, targetLength);
      return Number(target === label);
    });
    return rocAuc(scores, isPositive);
  };
  if (outputLength === 2) return areaOf(1);
  const areas = Array.from({ length: outputLength }, (_, label) => areaOf(label));
  return areas.reduce((a, b) => a + b, 0) / outputLength;
};

/** Softmax of each row, in float64. */
function softmax(logits: Float32Array, length: number): Float64Array {
  const probabilities = Float64Array.from(logits);
  for (let start = 0; start < logits.length; start += length) {
    const row = probabilities.subarray(start, start + length);
    const most = row.reduce((a, b) => Math.max(a, b));
    row.forEach((logit, j) => (row[j] = Math.exp(logit - most)));
    const sum = row.reduce((a, b) => a + b);
    row.forEach((power, j) => (row[j] = power / sum));
  }
  return probabilities;
}

const unweighted: Task = {
  name: 'classification',
  loss: crossEntropy,
  targetShape(outputShape) {
    const [classes] = outputShape;
    if (outputShape.length === 1 && classes! >= 2) return [[], [classes!]];
    throw new RangeError(
      `task 'classification': expected a model with one output for each of at least two classes, got outputs ` +
        `${shapeText(outputShape)}; give its last layer one unit per class, or take task 'binary' for a single logit`,
    );
  },
  metrics: {
    accuracy: (outcomes) => shareOnDiagonal(confusionOfClasses(outcomes)),
    balancedAccuracy: (outcomes) => meanRecall(confusionOfClasses(outcomes)),
    f1: (outcomes) => macroF1(confusionOfClasses(outcomes)),
    rocAuc: classRocAuc,
  },
  expectedTarget(target, [classes]) {
    if (target.length === 1) {
      const label = target[0]!;
      if (Number.isInteger(label) && label >= 0 && label < classes!) return null;
      return `a class index from 0 to ${classes! - 1}, as the model has ${classes} outputs`;
    }
    const values = Array.from(target);
    const isOneHot =
      values.every((value) => value === 0 || value === 1) &&
      values.indexOf(1) === values.lastIndexOf(1) &&
      values.includes(1);
    return isOneHot ? null : 'a one-hot vector: a single 1 among zeros';
  },
  classReport: (outcomes, names) => classReportOf(confusionOfClasses(outcomes), names),
};
