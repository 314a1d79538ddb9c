import { runCalls, type WasmCall } from '../module/runCalls.ts';
import { wasmModule } from '../module/wasmModule.ts';
import { withScratch, type WasmBackend } from '../module/wasmBackend.ts';

/**
 * A right-hand matrix of `rows` and `columns`, as `packColumns` of the module finds it. Strides in
 * values.
 */
export interface RightMatrix {
  readonly address: number;
  readonly rows: number;
  readonly columns: number;
  /** Rows that are `rowStride` apart; the groups of them are `groupStride` apart. */
  readonly groupRows: number;
  readonly groupStride: number;
  readonly rowStride: number;
  readonly columnStride: number;
}

/** Calls `use` with the address of the packed matrix, which is packed once for all products. */
export function withPackedColumns<T>(
  backend: WasmBackend,
  matrix: RightMatrix,
  use: (packed: number) => T,
): T {
  const { address, rows, columns, groupRows, groupStride, rowStride, columnStride } = matrix;
  const module = wasmModule(backend);
  return withScratch(backend, module.packedBytes(rows, columns), (packed) => {
    const calls = Array.from(
      { length: module.packedBlocks(rows) },
      (_, block): WasmCall<'packColumns'> => [
        ...([address, rows, columns, groupRows, groupStride] as const),
        ...([rowStride, columnStride, block, packed] as const),
      ],
    );
    runCalls(backend, 'packColumns', calls, 0);
    return use(packed);
  });
}
