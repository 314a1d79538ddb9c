"""Times one private step of Opacus (PyPI), by hooks and by ghost clipping, for `npm run bench -- peers` and
`npm run bench -- gradients`.

Reads {"model", "batch", "turns", "threads", "kinds", "whole"} from standard input and writes {"version",
"parameters", "steps": {kind: {"seconds", "megabytes"}}} to standard output; "kinds" are some of plain, hooks and
ghost. A whole step adds noise and updates the weights; otherwise it ends with the clipped sum. Each kind of step
runs in a process of its own, so that its peak memory is its own.
"""

import importlib.metadata
import json
import multiprocessing
import resource
import statistics
import sys
import time
import warnings

warnings.filterwarnings("ignore")

import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, before, after, stride, groups):
        super().__init__()
        self.conv1 = nn.Conv2d(before, after, 3, stride, 1, bias=False)
        self.norm1 = nn.GroupNorm(groups, after)
        self.conv2 = nn.Conv2d(after, after, 3, 1, 1, bias=False)
        self.norm2 = nn.GroupNorm(groups, after)
        self.shortcut = nn.Sequential()
        if stride != 1 or before != after:
            self.shortcut = nn.Sequential(
                nn.Conv2d(before, after, 1, stride, bias=False), nn.GroupNorm(groups, after)
            )

    def forward(self, x):
        y = torch.relu(self.norm1(self.conv1(x)))
        return torch.relu(self.norm2(self.conv2(y)) + self.shortcut(x))


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        from opacus.layers import DPMultiheadAttention

        self.embedding = nn.Embedding(1000, 64)
        self.norm1 = nn.LayerNorm(64)
        self.attention = DPMultiheadAttention(64, 4, batch_first=True)
        self.norm2 = nn.LayerNorm(64)
        self.wide = nn.Linear(64, 256)
        self.narrow = nn.Linear(256, 64)
        self.head = nn.Linear(64, 10)

    def forward(self, tokens):
        x = self.embedding(tokens)
        y = self.norm1(x)
        x = x + self.attention(y, y, y, need_weights=False)[0]
        x = x + self.narrow(torch.relu(self.wide(self.norm2(x))))
        return self.head(x.mean(1))


def build(name):
    if name == "mlp":
        return (
            nn.Sequential(
                nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10)
            ),
            lambda batch: torch.randn(batch, 784),
        )
    if name == "small-cnn":
        return (
            nn.Sequential(
                nn.ZeroPad2d((1, 2, 1, 2)), nn.Conv2d(1, 8, 5, 2), nn.ReLU(), nn.GroupNorm(2, 8),
                nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(8, 32, 3, 2), nn.ReLU(), nn.GroupNorm(8, 32),
                nn.Conv2d(32, 64, 3, 2), nn.ReLU(), nn.GroupNorm(8, 64),
                nn.Flatten(), nn.Linear(576, 10),
            ),
            lambda batch: torch.randn(batch, 1, 28, 28),
        )
    if name == "transformer":
        return Transformer(), lambda batch: torch.randint(0, 1000, (batch, 64))
    if name == "resnet20":
        return (
            residual_network(channels=1, width=16, counts=[3, 3, 3], groups=8),
            lambda batch: torch.randn(batch, 1, 28, 28),
        )
    if name == "resnet18":
        return (
            residual_network(channels=3, width=64, counts=[2, 2, 2, 2], groups=32),
            lambda batch: torch.randn(batch, 3, 32, 32),
        )
    sys.exit(f"no model is called {name}")


def residual_network(channels, width, counts, groups):
    layers = [nn.Conv2d(channels, width, 3, 1, 1, bias=False), nn.GroupNorm(groups, width), nn.ReLU()]
    before = width
    for stage, count in enumerate(counts):
        after = width * 2**stage
        for i in range(count):
            layers.append(Block(before, after, 2 if stage > 0 and i == 0 else 1, groups))
            before = after
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(before, 10))


def make_step(kind, name, batch, whole):
    """A function that does one step, and the number of trainable parameters."""
    torch.manual_seed(1)
    model, inputs_of = build(name)
    parameters = sum(p.numel() for p in model.parameters())
    inputs, targets = inputs_of(batch), torch.arange(batch) % 10
    criterion = nn.CrossEntropyLoss(reduction="mean")
    learning_rate = 0.01 if whole else 0.0
    if kind == "plain":
        optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)

        def step():
            optimizer.zero_grad(set_to_none=True)
            criterion(model(inputs), targets).backward()
            if whole:
                optimizer.step()
        return step, parameters
    private = dict(
        noise_multiplier=1.0 if whole else 0.0, max_grad_norm=1.0, expected_batch_size=batch
    )
    if kind == "hooks":
        from opacus.grad_sample import GradSampleModule
        from opacus.optimizers import DPOptimizer

        wrapped = GradSampleModule(model)
        optimizer = DPOptimizer(torch.optim.SGD(wrapped.parameters(), lr=learning_rate), **private)

        def step():
            optimizer.zero_grad(set_to_none=True)
            criterion(wrapped(inputs), targets).backward()
            if whole:
                optimizer.step()
            else:
                optimizer.clip_and_accumulate()
        return step, parameters
    from opacus.grad_sample import GradSampleModuleFastGradientClipping
    from opacus.utils.fast_gradient_clipping_utils import DPLossFastGradientClipping
    from opacus.optimizers import DPOptimizerFastGradientClipping

    wrapped = GradSampleModuleFastGradientClipping(model, max_grad_norm=1.0, use_ghost_clipping=True)
    optimizer = DPOptimizerFastGradientClipping(
        torch.optim.SGD(wrapped.parameters(), lr=learning_rate), **private
    )
    private_criterion = DPLossFastGradientClipping(wrapped, optimizer, criterion)

    def step():
        optimizer.zero_grad(set_to_none=True)
        private_criterion(wrapped(inputs), targets).backward()
        if whole:
            optimizer.step()
        else:
            optimizer.accumulate()
    return step, parameters


def measure(kind, setting, results):
    torch.set_num_threads(setting["threads"])
    step, parameters = make_step(kind, setting["model"], setting["batch"], setting["whole"])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    step()
    times = []
    for _ in range(setting["turns"]):
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    results.put((parameters, {
        "seconds": statistics.median(times), "megabytes": (peak - before) / 1024
    }))


def main():
    setting = json.load(sys.stdin)
    context = multiprocessing.get_context("spawn")
    steps, parameters = {}, None
    for kind in setting["kinds"]:
        results = context.Queue()
        process = context.Process(target=measure, args=(kind, setting, results))
        process.start()
        process.join()
        if process.exitcode != 0:
            sys.exit(f"{kind}: failed")
        parameters, steps[kind] = results.get()
    version = f"Opacus {importlib.metadata.version('opacus')} on PyTorch {torch.__version__}"
    json.dump({"version": version, "parameters": parameters, "steps": steps}, sys.stdout)


if __name__ == "__main__":
    main()
