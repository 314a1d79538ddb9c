import { chromium } from 'playwright-core';
import { preview } from 'vite';
import { fileURLToPath } from 'node:url';
import { findChromium, quiet, whyAbsent } from '../../conformance/src/chromium.mjs';

const root = fileURLToPath(new URL('../../../apps/studio', import.meta.url));

/**
 * Serves the built studio on loopback and opens a browser with a profile in `folder`, so that what
 * is stored survives its end.
 *
 * @param {string} folder
 */
export async function serveStudio(folder) {
  const executablePath = findChromium();
  if (!executablePath) throw new Error(whyAbsent);
  const server = await preview({ root, logLevel: 'warn', preview: { port: 0, host: '127.0.0.1' } });
  const [url] = server.resolvedUrls.local;
  return {
    url,
    /** A browser; all requests that leave the page's origin are in `foreign`. */
    async open(options = {}) {
      const context = await chromium.launchPersistentContext(folder, {
        executablePath,
        args: quiet,
        ...options,
      });
      const foreign = [];
      context.on('request', (request) => {
        const address = request.url();
        if (!address.startsWith(url) && !/^(data|blob):/.test(address)) foreign.push(address);
      });
      const page = context.pages()[0] ?? (await context.newPage());
      const errors = [];
      page.on('pageerror', (error) => errors.push(error.message));
      page.on('console', (message) => {
        if (message.type() === 'error') errors.push(message.text());
      });
      return { context, page, foreign, errors };
    },
    close: () => server.close(),
  };
}
