import { copyFileSync } from 'node:fs';

// npm packs a package's own licence only. Runs as `prepack`, in the folder of the package.
copyFileSync(new URL('../../../LICENSE', import.meta.url), 'LICENSE');
