import { valuesOf, type SumType, type TileOperand } from './tileOperands.ts';

// The pieces of WGSL that make up a product in tiles: see `tiledProductProgram`.

/** How the elements of two tiles are multiplied. */
export type Elements = 'int8' | 'float16' | 'float32' | 'rounded';

/** WGSL: the type of sums of such products. */
export const sumTypeOf: Record<Elements, SumType> = {
  int8: 'i32',
  float16: 'f32',
  float32: 'f32',
  rounded: 'i32',
};

/** Invocations of a workgroup, along lines and along columns. */
export const side = 8;
export const invocations = side * side;
/**
 * Largest number of lines for which an invocation has one quad of lines of a tile, instead of two.
 */
export const smallTile = 4 * side;

/** Consecutive positions that are in workgroup memory at a time, in groups of four. */
export const groupsOf: Record<Elements, number> = {
  int8: 8,
  float16: 4,
  float32: 4,
  rounded: 4,
};

/** WGSL: the type of the four elements of a tile's vector. */
const vectorOf: Record<Elements, string> = {
  int8: 'vec4<u32>',
  float16: 'vec4<f16>',
  float32: 'vec4<f32>',
  rounded: 'vec4<f32>',
};

/** Sums that are stored. */
export interface StoredSums {
  /** Three axes; the caller reshapes the result. */
  readonly shape: [number, number, number];
  /**
   * WGSL: body of a function of `line`, `column` (u32) and `value` of the type, or of four where
   * the width is 4.
   */
  readonly store: string;
  /** 'f32' by default. */
  readonly type?: SumType;
  /** Values that are stored at a time: consecutive columns, whose number they divide. */
  readonly width: 1 | 4;
}

export const totalOf = (sum: string) => sum.replace('sum', 'total');

export function storeFunction({ store, width, type = 'f32' }: StoredSums): string {
  return `fn store(line: u32, column: u32, value: ${valuesOf(width, type)}) {
  ${store}
}`;
}

/** Stores an invocation's sums, which are given line by line. */
export function storeAll(
  sums: readonly string[],
  rightQuads: number,
  { width, type = 'f32' }: StoredSums,
): string {
  return sums
    .flatMap((sum, i) => {
      const [row, quad] = [Math.floor(i / rightQuads), i % rightQuads];
      const line = `firstLine + 4u * (ownLeft + ${Math.floor(row / 4) * side}u) + ${row % 4}u`;
      const column = `firstColumn + 4u * (ownRight + ${quad * side}u)`;
      if (width === 4) return `store(${line}, ${column}, vec4<${type}>(${sum}));`;
      return each(4, (j) => `store(${line}, ${column} + ${j}u, ${type}(${sum}[${j}]));`);
    })
    .join('\n  ');
}

export const squaresDeclaration = `var<workgroup> squares: array<vec3<f32>, ${invocations}>;`;

/** Adds up a workgroup's squares, in a tree. */
export function addSquares(sums: readonly string[]): string {
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

export function each<T>(count: number, make: (i: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => make(i));
}

/** Vectors of four lines in a row of the tile, and one that keeps rows in different banks. */
const rowOf = (quads: number) => quads + 1;

export function tileDeclaration(name: string, quads: number, elements: Elements): string {
  const rows = groupsOf[elements] * (elements === 'int8' ? 1 : 4);
  return `var<workgroup> ${name}Tile: array<${vectorOf[elements]}, ${rows * rowOf(quads)}>;`;
}

/**
 * `NAMERead`, and `NAMEFour`: four values along the axis that lies consecutively. Loops instead of
 * sixteen calls per block: drivers' compilers unroll loops where that helps, and one compiler takes
 * minutes for code that is unrolled already.
 */
export function readFunctions(name: string, { along, width, read }: TileOperand): string {
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
export function fillTile(
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

/** Adds the products of the tiles to the sums of an invocation. */
export function multiply(elements: Elements, leftQuads: number, rightQuads: number): string {
  const rows = groupsOf[elements] * (elements === 'int8' ? 1 : 4);
  // Values are converted first: nothing is multiplied or added in 16 bits.
  const widened = elements === 'float16' ? vectorOf.float32 : '';
  const operands = (name: string, own: string, quads: number) =>
    each(quads, (quad) => {
      const at = `row * ${rowOf(quads * side)}u + ${own} + ${quad * side}u`;
      return `let ${name}${quad} = ${widened}(${name}Tile[${at}]);`;
    });
  const products = each(leftQuads * 4, (row) =>
    each(rightQuads, (quad) => {
      const [a, b] = [`left${Math.floor(row / 4)}[${row % 4}]`, `right${quad}`];
      return `sum_${row}_${quad} += ${productOf(elements, a, b)};`;
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

/** WGSL: four products of a value of the left tile and four of the right one. */
function productOf(elements: Elements, a: string, b: string): string {
  if (elements === 'int8') {
    return `vec4<i32>(${each(4, (j) => `dot4I8Packed(${a}, ${b}[${j}])`).join(', ')})`;
  }
  return elements === 'rounded' ? `vec4<i32>(round(${a} * ${b}))` : `${a} * ${b}`;
}
