import { compare } from '../compare.mjs';
import { missingKernels } from '../missingKernels.mjs';

// How results are judged, by examples: prints [what, whether it is a problem].

const relative = { relative: 1e-3, absolute: 1e-6 };
const judge = (found, expected, agreement) =>
  compare({ x: found }, { x: expected }, agreement).problem !== null;

const layerCase = { group: 'layers in float32', name: 'Dense' };
const operationCase = { group: 'operations', name: 'relu' };
const missing = (kernelsOf, installedKernels) =>
  missingKernels([operationCase, layerCase], kernelsOf, { installedKernels }).some(
    ({ status }) => status === 'failed',
  );

console.log(
  JSON.stringify([
    ['equal', judge([1, NaN, Infinity], [1, NaN, Infinity], 'identical')],
    ['zeros of both signs', judge([-0], [0], 'identical')],
    ['a bit apart', judge([1 + 2 ** -23], [1], 'identical')],
    ['within the share of the largest', judge([1.0005, 0.0005], [1, 0], relative)],
    ['beyond it', judge([1.002], [1], relative)],
    ['within what is allowed besides', judge([5e-7], [0], relative)],
    ['NaN for a number', judge([NaN], [1], relative)],
    ['a number for NaN', judge([1], [NaN], relative)],
    ['infinity for a number', judge([Infinity], [1], relative)],
    ['a number missing', judge([1], [1, 1], relative)],
    [
      'one of four differs, a quarter may',
      judge([1, 2, 3, 9], [1, 2, 3, 4], { differingShare: 0.25 }),
    ],
    ['two of four differ', judge([1, 2, 9, 9], [1, 2, 3, 4], { differingShare: 0.25 })],
    ['another list', compare({ y: [1] }, { x: [1] }, relative).problem !== null],
    [
      'all kernels have cases',
      missing([new Set(['Relu']), new Set(['Relu', 'Reshape'])], ['Relu']),
    ],
    ['a layer runs one without', missing([new Set(['Relu']), new Set(['Elu'])], ['Relu'])],
    ['one is installed without', missing([new Set(['Relu']), new Set()], ['Relu', 'MaxPoolGrad'])],
  ]),
);
