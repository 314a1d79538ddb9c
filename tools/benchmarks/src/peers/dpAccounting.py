"""Times the accountants of dp_accounting (PyPI) on one setting, for `npm run bench -- accounting`.

Reads {"sampleRate", "noiseMultiplier", "steps", "delta", "epsilon", "turns"} from standard input and
writes {"version", "epsilon": {"value", "milliseconds"}, "noiseMultiplier": {…}} to standard output.
"""

import importlib.metadata
import json
import statistics
import sys
import time

from dp_accounting import calibrate_dp_mechanism, dp_event
from dp_accounting import pld


def main():
    setting = json.load(sys.stdin)

    def event(noise_multiplier):
        step = dp_event.PoissonSampledDpEvent(
            setting["sampleRate"], dp_event.GaussianDpEvent(noise_multiplier)
        )
        return dp_event.SelfComposedDpEvent(step, setting["steps"])

    def epsilon():
        accountant = pld.PLDAccountant()
        accountant.compose(event(setting["noiseMultiplier"]))
        return accountant.get_epsilon(setting["delta"])

    def noise_multiplier():
        return calibrate_dp_mechanism(
            pld.PLDAccountant, event, setting["epsilon"], setting["delta"], tol=1e-6
        )

    def timed(run, turns):
        value = run()
        times = []
        for _ in range(turns):
            start = time.perf_counter()
            run()
            times.append(1000 * (time.perf_counter() - start))
        return {"value": value, "milliseconds": statistics.median(times)}

    json.dump(
        {
            "version": importlib.metadata.version("dp-accounting"),
            "epsilon": timed(epsilon, setting["turns"]),
            "noiseMultiplier": timed(noise_multiplier, 1),
        },
        sys.stdout,
    )


main()
