import { testMpi } from './testMpi.mjs';
import { testRay } from './ray/testRay.mjs';

// `npm run test:engines [NAME…]`: tests DPQuant on cluster engines, on this machine.
// An engine that is not here is skipped, unless DPQUANT_REQUIRE_ENGINES names it: mpi,ray.

/** Tests by name: each throws if it fails, and returns false if its engine is missing. */
const engines = { mpi: testMpi, ray: testRay };

const names = process.argv.slice(2);
const unknown = names.find((name) => !(name in engines));
if (unknown !== undefined) {
  console.error(`There is no engine ${unknown}; there are ${Object.keys(engines).join(', ')}.`);
  process.exit(2);
}
const required = (process.env.DPQUANT_REQUIRE_ENGINES ?? '').split(',');
for (const name of names.length > 0 ? names : Object.keys(engines)) {
  console.log(`\n${name}`);
  try {
    const isHere = await engines[name]();
    if (!isHere && required.includes(name)) throw new Error('it is required, and not here');
    console.log(isHere ? `${name}: passed` : `${name}: skipped`);
  } catch (error) {
    console.error(`${name}: failed: ${error.stack}`);
    process.exitCode = 1;
  }
}
