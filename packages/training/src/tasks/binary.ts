import { binaryCrossEntropy } from '@dpquant/gradients';
import { withClassWeights, type ClassWeightOptions } from './classWeights.ts';
import {
  classReportOf,
  confusionOfLabel,
  figuresOf,
  meanRecall,
  shareOnDiagonal,
} from './metrics/confusion.ts';
import { labelRocAuc } from './multilabel.ts';
import { shapeText } from './shapeText.ts';
import type { Task } from './task.ts';

/**
 * Binary classification with one logit; targets are 0 and 1. Metrics as in scikit-learn:
 * `accuracy`, `balancedAccuracy`, `f1` of class 1 and `rocAuc`.
 *
 * @throws RangeError for class weights (of 0, and of 1) that are not positive
 */
export function binary(options: ClassWeightOptions = {}): Task {
  const task: Task = {
    name: 'binary',
    loss: binaryCrossEntropy,
    targetShape(outputShape) {
      if (outputShape.length === 1 && outputShape[0] === 1) return [[]];
      throw new RangeError(
        `task 'binary': expected a model with one logit, got outputs ${shapeText(outputShape)}; give its last layer ` +
          "one unit, or take task 'classification' for one output per class",
      );
    },
    metrics: {
      accuracy: (outcomes) => shareOnDiagonal(confusionOfLabel(outcomes)),
      balancedAccuracy: (outcomes) => meanRecall(confusionOfLabel(outcomes)),
      f1: (outcomes) => figuresOf(confusionOfLabel(outcomes), 1).f1,
      rocAuc: (outcomes) => labelRocAuc(outcomes, 0),
    },
    expectedTarget: (target) => (target[0] === 0 || target[0] === 1 ? null : '0 or 1'),
    classReport: (outcomes, names) => classReportOf(confusionOfLabel(outcomes), names),
  };
  return withClassWeights(task, options, 2);
}
