import type { ScaledProductAttributes } from '@dpquant/quantization';
import { runCalls, type WasmCall } from '../module/runCalls.ts';
import { wasmModule } from '../module/wasmModule.ts';
import { withScratch, type WasmBackend } from '../module/wasmBackend.ts';
import { byteProductOf, type ByteProduct } from './integerDots.ts';

/** Columns that the module multiplies at a time. */
const tileColumns = 8;

/** Longest sum of products of integers of magnitude at most 127 that cannot overflow int32. */
const longestSum = Math.floor((2 ** 31 - 1) / 127 ** 2);

/**
 * The second operand of an integer product, in the backend's memory: see `packIntegerColumns` in
 * `wasm/integers`.
 */
export interface IntegerMatrix {
  /** Address of its first value. */
  readonly address: number;
  /** Number of its columns. Strides are in values. */
  readonly columns: number;
  readonly columnStride: number;
  /** Rows of each tap's matrix. */
  readonly depth: number;
  readonly depthStride: number;
  /** Taps, with one matrix each, one after the other. Default: a single matrix. */
  readonly taps?: {
    readonly rows: number;
    readonly rowStride: number;
    readonly columns: number;
    readonly columnStride: number;
  };
}

const singleTap = { rows: 1, rowStride: 0, columns: 1, columnStride: 0 };

/**
 * Calls `use` with the address of the packed matrix, which all calls of a product share, and with
 * the way to multiply it in byte dots; null means 16-bit dots.
 *
 * @param largest magnitudes of the codes of both operands, if known
 */
export function withPackedColumns<T>(
  backend: WasmBackend,
  { address, columns, columnStride, depth, depthStride, taps = singleTap }: IntegerMatrix,
  largest: ScaledProductAttributes['largest'],
  use: (packed: number, bytes: ByteProduct | null) => T,
): T {
  const length = taps.rows * taps.columns * depth;
  requireIntegerSum(length);
  const bytes = byteProductOf(largest, length);
  const panelBytes = Math.ceil(length / (bytes ? 4 : 2)) * tileColumns * 4;
  const panels = Math.ceil(columns / tileColumns);
  // At least one byte, because nothing is packed where no tap reaches the image.
  return withScratch(backend, Math.max(1, panels * panelBytes), (packed) => {
    const calls = Array.from({ length: panels }, (_, i): WasmCall<'packIntegerColumns'> => [
      address + i * tileColumns * columnStride * 4,
      depth,
      depthStride,
      columnStride,
      taps.rows,
      taps.rowStride,
      taps.columns,
      taps.columnStride,
      Math.min(tileColumns, columns - i * tileColumns),
      packed + i * panelBytes,
    ]);
    const module = wasmModule(backend);
    if (bytes) {
      const byteCalls = calls.map((call): WasmCall<'packByteColumns'> => [...call, bytes.offset]);
      runCalls(backend, 'packByteColumns', byteCalls, module.packByteColumnsScratch(length));
    } else {
      runCalls(backend, 'packIntegerColumns', calls, module.packIntegerColumnsScratch(length));
    }
    return use(packed, bytes);
  });
}

/** Throws where a sum of products of integers could overflow int32. */
export function requireIntegerSum(length: number): void {
  if (length > longestSum) {
    throw new RangeError(
      `integer product: expected sums of at most ${longestSum} products, which cannot overflow int32, ` +
        `got ${length}; multiply in float32`,
    );
  }
}
