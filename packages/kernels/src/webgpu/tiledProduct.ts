import type { WebGpuProgram } from './webGpuBackend.ts';
import { enableFloat16 } from './float16.ts';
import { valuesOf } from './tileOperands.ts';

/** How the elements of two tiles are multiplied. */
export type Elements = 'int8' | 'float16' | 'float32';

/**
 * One operand of a product Σ_position L(line, position)·R(line, position), as a shader reads it: lines are
 * rows of the left operand and columns of the right one.
 */
export interface TileOperand {
  /** Which axis lies consecutively in memory: then neighbouring invocations read neighbouring values. */
  readonly along: 'lines' | 'positions';
  /** Values of one read, consecutive on that axis, whose size they divide. */
  readonly width: 1 | 4;
  /**
   * WGSL: body of a function of `line` and `position` (u32) that returns a `f32` or, for width 4, a
   * `vec4<f32>`; zeros beyond either end.
   */
  readonly read: string;
}

/** What is summed apart for each example, and how it comes into the total. */
export interface ExampleSums {
  /** WGSL: f32 that an example's sum is multiplied by. */
  readonly factor: string;
}

export interface TiledProductOptions {
  /** What distinguishes the program from others, besides what the other options say. */
  readonly name: string;
  readonly elements: Elements;
  readonly left: TileOperand;
  readonly right: TileOperand;
  readonly lines: number;
  readonly columns: number;
  /** Third axis of workgroups. */
  readonly parts: number;
  /** Names of the inputs and how many values each has an element. */
  readonly inputs: readonly (readonly [name: string, width: 1 | 4])[];
  readonly uniforms: string;
  /** WGSL at module scope. */
  readonly declarations?: string;
  /** WGSL before the sum, which may set what `read` uses. */
  readonly begin?: string;
  /** WGSL: how many positions there are, the same for a whole workgroup. */
  readonly positions: string;
  /**
   * If given, sums are those of `uniforms.examplesOfPart` examples, one after the other from
   * `part·examplesOfPart` on; `example` says which it is.
   */
  readonly examples?: ExampleSums;
  readonly outcome: StoredSums | 'squares';
}

/** Sums that are stored. */
export interface StoredSums {
  /** Three axes; the caller gives the result its own. */
  readonly shape: [number, number, number];
  /** WGSL: body of a function of `line`, `column` (u32) and `value` (`f32`, or `vec4<f32>` where the width is 4). */
  readonly store: string;
  /** Values that are stored at a time: consecutive columns, whose number they divide. */
  readonly width: 1 | 4;
}

/** Invocations of a workgroup, along lines and along columns. */
const side = 8;
const invocations = side * side;
/** Lines up to which a tile has a quad of them an invocation, instead of two. */
const smallTile = 4 * side;

/** Consecutive positions that are in workgroup memory at a time, in groups of four. */
const groupsOf: Record<Elements, number> = { int8: 8, float16: 4, float32: 4 };

/** WGSL: what a vector of a tile has four of. */
const vectorOf: Record<Elements, string> = {
  int8: 'vec4<u32>',
  float16: 'vec4<f16>',
  float32: 'vec4<f32>',
};

/**
 * A product in tiles, for graphics processors: a workgroup forms up to 64×64 sums, an invocation up to 8×8 of
 * them in its registers, from parts of both operands in workgroup memory. There a vector has four lines, so
 * that an invocation reads as few vectors as it can; its lines are apart, so that neighbours read neighbouring
 * vectors; rows are one vector longer than they need to be, so that writes meet different banks.
 *
 * `int8`: values are whole numbers of magnitude 127 at most, packed by fours into words on their way into
 * workgroup memory; sums are exact 32-bit integers, then rounded to float32. `float32`: sums are in the order
 * of positions. `float16`: values are numbers of binary16 and held as such, on a device that has it; products, which
 * are exact, and sums are those of `float32`.
 *
 * Sums are stored, or only their squares leave a workgroup: outcome `squares` gives [parts, 3, tiles], for each
 * tile the sum of squares of its sums, with the first tile of a line that of its part of the left operand, and with
 * the first of a column that of the right one; zeros elsewhere. `example` is the part then.
 */
export class TiledProductProgram implements WebGpuProgram {
  readonly variableNames: string[];
  readonly variableComponents: number[];
  readonly outputComponent: number;
  readonly uniforms: string;
  readonly workgroupSize: [number, number, number] = [invocations, 1, 1];
  readonly dispatchLayout = { x: [2], y: [1], z: [0] };
  readonly shaderKey: string;
  readonly outputShape: number[];
  readonly dispatch: [number, number, number];
  readonly #options: TiledProductOptions;
  /** Quads of lines and of columns an invocation has. */
  readonly #quads: readonly [left: number, right: number];

  constructor(options: TiledProductOptions) {
    const { lines, columns, left, right, parts, outcome } = options;
    this.#options = options;
    // With a second sum for the total there is room for half the lines.
    const leftQuads = lines <= smallTile || options.examples ? 1 : 2;
    this.#quads = [leftQuads, columns <= smallTile ? 1 : 2];
    this.variableNames = options.inputs.map(([name]) => name);
    this.variableComponents = options.inputs.map(([, width]) => width);
    this.uniforms = options.uniforms;
    const [tileLines, tileColumns] = this.#tile;
    this.dispatch = [Math.ceil(columns / tileColumns), Math.ceil(lines / tileLines), parts];
    const isSquares = outcome === 'squares';
    const [across, down] = this.dispatch;
    this.outputShape = isSquares ? [parts, 3, across * down] : outcome.shape;
    this.outputComponent = isSquares ? 1 : outcome.width;
    const shapes = [left.along, left.width, right.along, right.width, ...this.#quads];
    this.shaderKey = [
      'dpquant',
      options.name,
      options.elements,
      ...shapes,
      isSquares ? 'squares' : outcome.width,
    ].join('_');
  }

  get #tile(): readonly [number, number] {
    const [left, right] = this.#quads;
    return [left * 4 * side, right * 4 * side];
  }

  getUserCode(): string {
    const { elements, examples, positions, outcome } = this.#options;
    const { left, right, declarations = '', begin = '' } = this.#options;
    const [leftQuads, rightQuads] = this.#quads;
    const [tileLines, tileColumns] = this.#tile;
    const groups = groupsOf[elements];
    const sums = each(leftQuads * 4, (row) =>
      each(rightQuads, (quad) => `sum_${row}_${quad}`),
    ).flat();
    const vector = elements === 'int8' ? 'vec4<i32>' : 'vec4<f32>';
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
      ? `${sums.map((sum) => `var ${totalOf(sum)} = vec4<f32>();`).join('\n  ')}
  for (var i = 0u; i < uniforms.examplesOfPart; i++) {
    example = workgroupId.z * uniforms.examplesOfPart + i;
    ${sumLoop}
    let factor = ${examples.factor};
    ${sums.map((sum) => `${totalOf(sum)} += vec4<f32>(${sum}) * factor; ${sum} = ${vector}();`).join('\n    ')}
  }`
      : sumLoop
  }
  ${isSquares ? addSquares(results) : storeAll(results, rightQuads, outcome.width)}
}
`;
  }
}

const totalOf = (sum: string) => sum.replace('sum', 'total');

function storeFunction({ store, width }: StoredSums): string {
  return `fn store(line: u32, column: u32, value: ${valuesOf(width)}) {
  ${store}
}`;
}

/** Stores an invocation's sums, which are given line by line. */
function storeAll(sums: readonly string[], rightQuads: number, width: 1 | 4): string {
  return sums
    .flatMap((sum, i) => {
      const [row, quad] = [Math.floor(i / rightQuads), i % rightQuads];
      const line = `firstLine + 4u * (ownLeft + ${Math.floor(row / 4) * side}u) + ${row % 4}u`;
      const column = `firstColumn + 4u * (ownRight + ${quad * side}u)`;
      if (width === 4) return `store(${line}, ${column}, vec4<f32>(${sum}));`;
      return each(4, (j) => `store(${line}, ${column} + ${j}u, f32(${sum}[${j}]));`);
    })
    .join('\n  ');
}

const squaresDeclaration = `var<workgroup> squares: array<vec3<f32>, ${invocations}>;`;

/** Adds up a workgroup's squares, in a tree. */
function addSquares(sums: readonly string[]): string {
  return `var ownSquares = 0.0;
  ${sums.map((sum) => `ownSquares += dot(vec4<f32>(${sum}), vec4<f32>(${sum}));`).join('\n  ')}
  squares[localIndex] = vec3<f32>(ownSquares, leftSquares, rightSquares);
  for (var distance = ${invocations / 2}u; distance > 0u; distance >>= 1u) {
    workgroupBarrier();
    if (localIndex < distance) {
      squares[localIndex] += squares[localIndex + distance];
    }
  }
  if (localIndex == 0u) {
    let tiles = numWorkgroups.x * numWorkgroups.y;
    let at = example * 3u * tiles + workgroupId.y * numWorkgroups.x + workgroupId.x;
    result[at] = squares[0].x;
    result[at + tiles] = select(0.0, squares[0].y, workgroupId.x == 0u);
    result[at + 2u * tiles] = select(0.0, squares[0].z, workgroupId.y == 0u);
  }`;
}

function each<T>(count: number, make: (i: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => make(i));
}

/** Vectors of four lines in a row of the tile, and one that keeps rows in different banks. */
const rowOf = (quads: number) => quads + 1;

function tileDeclaration(name: string, quads: number, elements: Elements): string {
  const rows = groupsOf[elements] * (elements === 'int8' ? 1 : 4);
  return `var<workgroup> ${name}Tile: array<${vectorOf[elements]}, ${rows * rowOf(quads)}>;`;
}

/**
 * `NAMERead`, and `NAMEFour`: four values along the axis that lies consecutively. Loops, not sixteen calls a
 * block: compilers of drivers unroll what is worth it, and one of them takes minutes where it is done for it.
 */
function readFunctions(name: string, { along, width, read }: TileOperand): string {
  const next = along === 'lines' ? 'line + j, position' : 'line, position + j';
  const four =
    width === 4
      ? `return ${name}Read(line, position);`
      : `var values: vec4<f32>;
  for (var j = 0u; j < 4u; j++) {
    values[j] = ${name}Read(${next});
  }
  return values;`;
  return `
fn ${name}Read(line: u32, position: u32) -> ${valuesOf(width)} {
  ${read}
}

fn ${name}Four(line: u32, position: u32) -> vec4<f32> {
  ${four}
}`;
}

/** Blocks of four lines by four positions, in the order in which they lie in memory. */
function fillTile(
  name: string,
  { along }: TileOperand,
  quads: number,
  elements: Elements,
  first: string,
  isSquares: boolean,
): string {
  const groups = groupsOf[elements];
  const [quad, group] =
    along === 'lines'
      ? [`block % ${quads}u`, `block / ${quads}u`]
      : [`block / ${groups}u`, `block % ${groups}u`];
  const next = along === 'lines' ? 'line, position + j' : 'line + j, position';
  // Columns of the matrix are lines where positions are packed, positions where they are not.
  const isTurned = (along === 'lines') === (elements === 'int8');
  const row = rowOf(quads);
  const write =
    elements === 'int8'
      ? `${name}Tile[group * ${row}u + quad] = vec4<u32>(${each(4, (j) => `pack4xI8(vec4<i32>(values[${j}]))`).join(', ')});`
      : each(
          4,
          (j) =>
            `${name}Tile[(4u * group + ${j}u) * ${row}u + quad] = ${vectorOf[elements]}(values[${j}]);`,
        ).join(' ');
  return `for (var block = localIndex; block < ${quads * groups}u; block += ${invocations}u) {
        let quad = ${quad};
        let group = ${group};
        let line = ${first} + 4u * quad;
        let position = start + 4u * group;
        var values: mat4x4<f32>;
        for (var j = 0u; j < 4u; j++) {
          values[j] = ${name}Four(${next});
        }
        ${isSquares ? each(4, (j) => `${name}Squares += dot(values[${j}], values[${j}]);`).join(' ') : ''}
        ${isTurned ? 'values = transpose(values);' : ''}
        ${write}
      }`;
}

/** Adds what the tiles give to the sums of an invocation. */
function multiply(elements: Elements, leftQuads: number, rightQuads: number): string {
  const rows = groupsOf[elements] * (elements === 'int8' ? 1 : 4);
  // Nothing is multiplied or added in 16 bits.
  const widened = elements === 'float16' ? vectorOf.float32 : '';
  const operands = (name: string, own: string, quads: number) =>
    each(quads, (quad) => {
      const at = `row * ${rowOf(quads * side)}u + ${own} + ${quad * side}u`;
      return `let ${name}${quad} = ${widened}(${name}Tile[${at}]);`;
    });
  const products = each(leftQuads * 4, (row) =>
    each(rightQuads, (quad) => {
      const [a, b] = [`left${Math.floor(row / 4)}[${row % 4}]`, `right${quad}`];
      const product =
        elements === 'int8'
          ? `vec4<i32>(${each(4, (j) => `dot4I8Packed(${a}, ${b}[${j}])`).join(', ')})`
          : `${a} * ${b}`;
      return `sum_${row}_${quad} += ${product};`;
    }),
  ).flat();
  const lines = [
    ...operands('left', 'ownLeft', leftQuads),
    ...operands('right', 'ownRight', rightQuads),
    ...products,
  ];
  return `for (var row = 0u; row < ${rows}u; row++) {
        ${lines.join('\n        ')}
      }`;
}
