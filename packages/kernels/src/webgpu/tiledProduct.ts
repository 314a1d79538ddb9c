import type { WebGpuProgram } from './webGpuBackend.ts';
import { valuesOf } from './tileOperands.ts';

/** How the elements of two tiles are multiplied. */
export type Elements = 'int8' | 'float32';

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
  /** Three axes; the caller gives the result its own. */
  readonly outputShape: [number, number, number];
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
  /** WGSL: body of a function of `line`, `column` (u32) and `value` (`f32`, or `vec4<f32>` where the width is 4). */
  readonly store: string;
  /** Values that are stored at a time: consecutive columns, whose number they divide. */
  readonly storeWidth: 1 | 4;
}

/** Invocations of a workgroup, along lines and along columns. */
const side = 8;
const invocations = side * side;
/** Lines up to which a tile has a quad of them an invocation, instead of two. */
const smallTile = 4 * side;

/** Consecutive positions that are in workgroup memory at a time, in groups of four. */
const groupsOf: Record<Elements, number> = { int8: 8, float32: 4 };

/**
 * A product in tiles, for graphics processors: a workgroup forms up to 64×64 sums, an invocation up to 8×8 of
 * them in its registers, from parts of both operands in workgroup memory. There a vector has four lines, so
 * that an invocation reads as few vectors as it can; its lines are apart, so that neighbours read neighbouring
 * vectors; rows are one vector longer than they need to be, so that writes meet different banks.
 *
 * `int8`: values are whole numbers of magnitude 127 at most, packed by fours into words on their way into
 * workgroup memory; sums are exact 32-bit integers, then rounded to float32. `float32`: sums are in the order
 * of positions.
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
    const { lines, columns, left, right } = options;
    this.#options = options;
    // With a second sum for the total there is room for half the lines.
    const leftQuads = lines <= smallTile || options.examples ? 1 : 2;
    this.#quads = [leftQuads, columns <= smallTile ? 1 : 2];
    this.variableNames = options.inputs.map(([name]) => name);
    this.variableComponents = options.inputs.map(([, width]) => width);
    this.outputComponent = options.storeWidth;
    this.outputShape = options.outputShape;
    this.uniforms = options.uniforms;
    const [tileLines, tileColumns] = this.#tile;
    this.dispatch = [Math.ceil(columns / tileColumns), Math.ceil(lines / tileLines), options.parts];
    const shapes = [left.along, left.width, right.along, right.width, ...this.#quads];
    this.shaderKey = [
      'dpquant',
      options.name,
      options.elements,
      ...shapes,
      options.storeWidth,
    ].join('_');
  }

  get #tile(): readonly [number, number] {
    const [left, right] = this.#quads;
    return [left * 4 * side, right * 4 * side];
  }

  getUserCode(): string {
    const { elements, examples, positions } = this.#options;
    const { left, right, declarations = '', begin = '', store, storeWidth } = this.#options;
    const [leftQuads, rightQuads] = this.#quads;
    const [tileLines, tileColumns] = this.#tile;
    const groups = groupsOf[elements];
    const sums = each(leftQuads * 4, (row) =>
      each(rightQuads, (quad) => `sum_${row}_${quad}`),
    ).flat();
    const vector = elements === 'int8' ? 'vec4<i32>' : 'vec4<f32>';
    const sumLoop = `
    for (var start = 0u; start < positions; start += ${4 * groups}u) {
      ${fillTile('left', left, leftQuads * side, elements, 'firstLine')}
      ${fillTile('right', right, rightQuads * side, elements, 'firstColumn')}
      workgroupBarrier();
      ${multiply(elements, leftQuads, rightQuads)}
      workgroupBarrier();
    }`;
    const result = examples ? 'total' : 'sum';
    return `
${tileDeclaration('left', leftQuads * side, elements)}
${tileDeclaration('right', rightQuads * side, elements)}
var<private> example: u32;
const tileLines = ${tileLines}u;
${declarations}
${readFunctions('left', left)}
${readFunctions('right', right)}

fn store(line: u32, column: u32, value: ${valuesOf(storeWidth)}) {
  ${store}
}

fn main() {
  let firstLine = workgroupId.y * ${tileLines}u;
  let firstColumn = workgroupId.x * ${tileColumns}u;
  let ownLeft = localIndex / ${side}u;
  let ownRight = localIndex % ${side}u;
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
  ${each(leftQuads * 4, (row) =>
    each(rightQuads, (quad) => {
      const line = `firstLine + 4u * (ownLeft + ${Math.floor(row / 4) * side}u) + ${row % 4}u`;
      const column = `firstColumn + 4u * (ownRight + ${quad * side}u)`;
      const value = `vec4<f32>(${result}_${row}_${quad})`;
      return storeWidth === 4
        ? `store(${line}, ${column}, ${value});`
        : each(4, (j) => `store(${line}, ${column} + ${j}u, ${value}[${j}]);`).join('\n  ');
    }).join('\n  '),
  ).join('\n  ')}
}
`;
  }
}

const totalOf = (sum: string) => sum.replace('sum', 'total');

function each<T>(count: number, make: (i: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => make(i));
}

/** Vectors of four lines in a row of the tile, and one that keeps rows in different banks. */
const rowOf = (quads: number) => quads + 1;

function tileDeclaration(name: string, quads: number, elements: Elements): string {
  const rows = groupsOf[elements] * (elements === 'int8' ? 1 : 4);
  const vector = elements === 'int8' ? 'vec4<u32>' : 'vec4<f32>';
  return `var<workgroup> ${name}Tile: array<${vector}, ${rows * rowOf(quads)}>;`;
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
      : each(4, (j) => `${name}Tile[(4u * group + ${j}u) * ${row}u + quad] = values[${j}];`).join(
          ' ',
        );
  return `for (var block = localIndex; block < ${quads * groups}u; block += ${invocations}u) {
        let quad = ${quad};
        let group = ${group};
        let line = ${first} + 4u * quad;
        let position = start + 4u * group;
        var values: mat4x4<f32>;
        for (var j = 0u; j < 4u; j++) {
          values[j] = ${name}Four(${next});
        }
        ${isTurned ? 'values = transpose(values);' : ''}
        ${write}
      }`;
}

/** Adds what the tiles give to the sums of an invocation. */
function multiply(elements: Elements, leftQuads: number, rightQuads: number): string {
  const rows = groupsOf[elements] * (elements === 'int8' ? 1 : 4);
  const operands = (name: string, own: string, quads: number) =>
    each(
      quads,
      (quad) =>
        `let ${name}${quad} = ${name}Tile[row * ${rowOf(quads * side)}u + ${own} + ${quad * side}u];`,
    );
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
