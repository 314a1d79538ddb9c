// Shows what the worker finds. `?backend=webgpu|wasm|cpu` chooses the backend, `&only=TEXT,TEXT`
// the cases. The report is in `globalThis.conformanceReport` when all is done.

const parameters = new URLSearchParams(location.search);
const backend = parameters.get('backend');
const status = document.querySelector('#status');
const failures = document.querySelector('#failures');

if (backend === null) status.textContent = 'Choose a backend.';
else run();

function run() {
  let passed = 0;
  let failed = 0;
  const worker = new Worker(new URL('./worker.mjs', import.meta.url), { type: 'module' });
  const finish = (report, text) => {
    status.textContent = text;
    globalThis.conformanceReport = report;
    worker.terminate();
  };
  worker.onerror = ({ message }) => finish({ error: message }, `The worker failed: ${message}`);
  worker.onmessage = ({ data: { result, report, error } }) => {
    if (error !== undefined) return finish({ error }, `The worker failed: ${error}`);
    if (report !== undefined) {
      const { isAvailable, device, reason } = report;
      const text = isAvailable ? `${passed} passed, ${failed} failed on ${device}.` : reason;
      return finish({ ...report, isIsolated: globalThis.crossOriginIsolated }, text);
    }
    if (result.status === 'failed') {
      failed++;
      const item = document.createElement('li');
      item.className = 'failed';
      item.textContent = `${result.group}: ${result.name}: ${result.problem}`;
      failures.append(item);
    } else passed++;
    status.textContent = `${passed} passed, ${failed} failed …`;
  };
  status.textContent = 'Computing what to compare with …';
  worker.postMessage({ backend, only: parameters.get('only') ?? '' });
}
