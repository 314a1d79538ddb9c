import { enableFloat16 } from '../float16.ts';
import {
  addSquares,
  each,
  fillTile,
  groupsOf,
  invocations,
  multiply,
  readFunctions,
  side,
  smallTile,
  squaresDeclaration,
  storeAll,
  storeFunction,
  sumTypeOf,
  tileDeclaration,
  totalOf,
  type Elements,
  type StoredSums,
} from './tileCode.ts';
import { isKept, type TileOperand } from './tileOperands.ts';
import { shaderProgram, type WebGpuProgram } from '../webGpuBackend.ts';

/** How the sum of each example is added to the total. */
interface ExampleSums {
  /** WGSL: f32 that an example's sum is multiplied by. */
  readonly factor: string;
  /**
   * Whether the product of the two is rounded to a whole number, with ties to even, and the total
   * is int32. A factor is a normal number, or 0, which leaves out the example, whatever its sum is.
   */
  readonly isRounded: boolean;
}

export interface TiledProductOptions {
  /** Distinguishes the program from others with the same options. */
  readonly name: string;
  readonly elements: Elements;
  readonly left: TileOperand;
  readonly right: TileOperand;
  readonly lines: number;
  readonly columns: number;
  /** Third axis of workgroups. */
  readonly parts: number;
  /** Names of the inputs, and the number of values in one element of each. */
  readonly inputs: readonly (readonly [name: string, width: 1 | 4])[];
  readonly uniforms: string;
  /** WGSL at module scope. */
  readonly declarations?: string;
  /** WGSL before the sum, which may set variables that `read` uses. */
  readonly begin?: string;
  /** WGSL: number of positions, the same for a whole workgroup. */
  readonly positions: string;
  /**
   * If given, sums are those of `uniforms.examplesOfPart` examples, one after the other from
   * `part·examplesOfPart` on; `example` says which it is.
   */
  readonly examples?: ExampleSums;
  readonly outcome: StoredSums | 'squares';
}

/**
 * A product in tiles, for graphics processors: a workgroup computes up to 64×64 sums, an invocation
 * up to 8×8 of them in its registers, from parts of both operands in workgroup memory. There a
 * vector has four lines, so that an invocation reads few vectors; its lines are apart, so that
 * neighbouring invocations read neighbouring vectors; rows are one vector longer than necessary, so
 * that writes go to different memory banks.
 *
 * `int8`: values are whole numbers of magnitude 127 at most, packed by fours into words on their
 * way into workgroup memory; sums are exact 32-bit integers, then rounded to float32. `float32`:
 * sums are in the order of positions. `float16`: values are binary16 numbers, held as such on a
 * device that supports them; products, which are exact, and sums are those of `float32`. `rounded`:
 * like `float32`, but each product is rounded to a whole number, with ties to even, and sums are
 * 32-bit integers.
 *
 * Sums are stored, or with outcome `squares` only sums of squares, [parts, 3, tiles]: for each tile
 * the sum of squares of its sums, with the first tile of a line also that of its part of the left
 * operand, and with the first of a column that of the right one; zeros elsewhere. `example` is then
 * the part.
 */
export function tiledProductProgram(options: TiledProductOptions): WebGpuProgram {
  const { lines, columns, left, right, parts, outcome } = options;
  const quads = quadsOf(options);
  const [tileLines, tileColumns] = tileOf(quads);
  const [across, down] = [Math.ceil(columns / tileColumns), Math.ceil(lines / tileLines)];
  const isSquares = outcome === 'squares';
  return shaderProgram({
    variableNames: options.inputs.map(([name]) => name),
    variableComponents: options.inputs.map(([, width]) => width),
    outputComponent: isSquares ? 1 : outcome.width,
    uniforms: options.uniforms,
    workgroupSize: [invocations, 1, 1],
    dispatchLayout: { x: [2], y: [1], z: [0] },
    shaderKey: [
      'dpquant',
      options.name,
      options.elements,
      ...[left.along, left.width, right.along, right.width, ...quads],
      ...(isSquares ? ['squares'] : [outcome.width, outcome.type ?? 'f32']),
    ].join('_'),
    outputShape: isSquares ? [parts, 3, across * down] : outcome.shape,
    dispatch: [across, down, parts],
    getUserCode: () => tiledProductCode(options),
  });
}

/** Quads of lines and of columns of an invocation. */
type Quads = readonly [left: number, right: number];

function quadsOf({ lines, columns, examples }: TiledProductOptions): Quads {
  // The total needs registers too, so there is room for only half the lines.
  return [lines <= smallTile || examples ? 1 : 2, columns <= smallTile ? 1 : 2];
}

/** Lines and columns of a workgroup's tile. */
function tileOf([left, right]: Quads): readonly [lines: number, columns: number] {
  return [left * 4 * side, right * 4 * side];
}

function tiledProductCode(options: TiledProductOptions): string {
  const { elements, examples, positions, outcome } = options;
  const { left, right, declarations = '', begin = '' } = options;
  const [leftQuads, rightQuads] = quadsOf(options);
  const [tileLines, tileColumns] = tileOf([leftQuads, rightQuads]);
  const groups = groupsOf[elements];
  const sums = each(leftQuads * 4, (row) =>
    each(rightQuads, (quad) => `sum_${row}_${quad}`),
  ).flat();
  const vector = `vec4<${sumTypeOf[elements]}>`;
  const isSquares = outcome === 'squares';
  const sumLoop = `
    for (var start = 0u; start < positions; start += ${4 * groups}u) {
      ${fillTile('left', left, leftQuads * side, elements, 'firstLine', isSquares)}
      ${fillTile('right', right, rightQuads * side, elements, 'firstColumn', isSquares)}
      workgroupBarrier();
      ${multiply(elements, leftQuads, rightQuads)}
      workgroupBarrier();
    }`;
  const results = examples ? sums.map(totalOf) : sums;
  return `
${elements === 'float16' ? enableFloat16 : ''}
${tileDeclaration('left', leftQuads * side, elements)}
${tileDeclaration('right', rightQuads * side, elements)}
var<private> example: u32;
const tileLines = ${tileLines}u;
${declarations}
${readFunctions('left', left)}
${readFunctions('right', right)}

${isSquares ? squaresDeclaration : storeFunction(outcome)}

fn main() {
  let firstLine = workgroupId.y * ${tileLines}u;
  let firstColumn = workgroupId.x * ${tileColumns}u;
  let ownLeft = localIndex / ${side}u;
  let ownRight = localIndex % ${side}u;
  ${isSquares ? 'var leftSquares = 0.0; var rightSquares = 0.0; example = workgroupId.z;' : ''}
  ${begin}
  let positions = ${positions};
  ${sums.map((sum) => `var ${sum} = ${vector}();`).join('\n  ')}
  ${
    examples
      ? `${sums.map((sum) => `var ${totalOf(sum)} = vec4<${examples.isRounded ? 'i32' : 'f32'}>();`).join('\n  ')}
  for (var i = 0u; i < uniforms.examplesOfPart; i++) {
    example = workgroupId.z * uniforms.examplesOfPart + i;
    ${sumLoop}
    let factor = ${examples.factor};
    ${examples.isRounded ? `let isKept = ${isKept('factor')};` : ''}
    ${sums.map((sum) => `${totalOf(sum)} += ${weighted(sum, examples)}; ${sum} = ${vector}();`).join('\n    ')}
  }`
      : sumLoop
  }
  ${isSquares ? addSquares(results) : storeAll(results, rightQuads, outcome)}
}
`;
}

/** WGSL: contribution of an example's sum to the total. */
function weighted(sum: string, { isRounded }: ExampleSums): string {
  if (!isRounded) return `vec4<f32>(${sum}) * factor`;
  return `vec4<i32>(round(select(vec4<f32>(), vec4<f32>(${sum}), isKept) * factor))`;
}
