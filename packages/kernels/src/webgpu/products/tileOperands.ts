import type { Uniform } from '../webGpuBackend.ts';

/**
 * One operand of a product Σ_position L(line, position)·R(line, position), as a shader reads it:
 * lines are rows of the left operand and columns of the right one.
 */
export interface TileOperand {
  /**
   * The axis that is consecutive in memory; neighbouring invocations then read neighbouring values.
   */
  readonly along: 'lines' | 'positions';
  /** Values of one read, consecutive on that axis, whose size they divide. */
  readonly width: 1 | 4;
  /**
   * WGSL: body of a function of `line` and `position` (u32) that returns a `f32` or, for width 4, a
   * `vec4<f32>`; zeros beyond either end.
   */
  readonly read: string;
}

/** An operand, and the uniforms that it needs besides `lines`, `positions` and `examples`. */
export interface LinesOfExample {
  readonly operand: TileOperand;
  readonly uniforms: string;
  readonly values: readonly Uniform[];
}

/** Values of one read along an axis of this size. */
export function widthOf(size: number): 1 | 4 {
  return size % 4 === 0 ? 4 : 1;
}

/** WGSL: the type of a sum. */
export type SumType = 'f32' | 'i32';

/** WGSL: the type of `width` values. */
export const valuesOf = (width: 1 | 4, type: SumType = 'f32') =>
  width === 4 ? `vec4<${type}>` : type;

export interface MatrixOperandOptions {
  /** Name of the input. */
  readonly input: string;
  /** WGSL: numbers of lines and of positions, u32. */
  readonly lines: string;
  readonly positions: string;
  readonly along: TileOperand['along'];
  /** Size of the axis along which the values lie. */
  readonly size: number;
  /**
   * Whether there is such a matrix for each of `uniforms.examples` examples, of which `example` is
   * read.
   */
  readonly isOfExample?: boolean;
}

/** An operand that is a matrix in memory. */
export function matrixOperand(options: MatrixOperandOptions): TileOperand {
  const { input, lines, positions, along, size, isOfExample = false } = options;
  const width = widthOf(size);
  const [row, rowLength, column] =
    along === 'lines' ? ['position', lines, 'line'] : ['line', positions, 'position'];
  const matrix = isOfExample ? `example * ${lines} * ${positions} + ` : '';
  return {
    along,
    width,
    read: chosen(
      `line < ${lines} && position < ${positions}${isOfExample ? ' && example < uniforms.examples' : ''}`,
      input,
      `(${matrix}${row} * ${rowLength} + ${column}) / ${width}u`,
      width,
    ),
  };
}

/**
 * WGSL: the value if the condition holds, else zeros, without a branch: drivers' compilers are slow
 * for many branches.
 *
 * @param input name of the input
 */
export function chosen(condition: string, input: string, index: string, width: 1 | 4): string {
  const zero = `${valuesOf(width)}()`;
  return `
  let isInside = ${condition};
  let at = select(0u, ${index}, isInside);
  return select(${zero}, ${input}[at], isInside);`;
}

/**
 * WGSL: whether a factor, 0 or a normal number, is not 0. A shader's compiler may assume that there
 * are no NaNs, so that 0 times a value is 0; testing the bits avoids this.
 */
export const isKept = (factor: string) => `(bitcast<u32>(${factor}) << 1u) != 0u`;

/** WGSL: whether `pixel` is one of an image of `uniforms.imageSize`. */
export const isInImage = 'all(pixel >= vec2<i32>(0)) && all(pixel < uniforms.imageSize)';

/**
 * The inputs of a dense layer, input `A`, as operands of its weight gradient: lines are the
 * weights' rows.
 */
export function rowsOfExample(p: number): LinesOfExample {
  const operand = matrixOperand({
    input: 'A',
    lines: 'uniforms.lines',
    positions: 'uniforms.positions',
    along: 'lines',
    size: p,
    isOfExample: true,
  });
  return { operand, uniforms: '', values: [] };
}

/** The output gradients of a layer, input `Dy`: lines are the weights' columns. */
export function gradientsOfExample(d: number): TileOperand {
  return matrixOperand({
    input: 'Dy',
    lines: 'uniforms.columns',
    positions: 'uniforms.positions',
    along: 'lines',
    size: d,
    isOfExample: true,
  });
}
