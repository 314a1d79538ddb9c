"""Weights and outputs of small networks, computed by PyTorch, as safetensors in base64.

    python tools/reference-data/pytorchNetworks.py > packages/models/src/testing/pytorchNetworks.ts

Needs torch and safetensors; written with torch 2.15.0 and safetensors 0.8.0 on a CPU. Each file holds a state
dict and, under "input" and "output", a batch and what the network makes of it. Images are stored channels last,
as TensorFlow.js wants them.
"""

import base64

import torch
from safetensors.torch import save
from torch import nn

torch.manual_seed(1)


class Convolutions(nn.Module):
    """Symmetric padding at stride 2, groups, a depthwise convolution, and an image that is flattened."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, stride=2, padding=1)
        self.bn1 = nn.GroupNorm(2, 4)
        self.depthwise = nn.Conv2d(4, 8, 3, padding=1, groups=4)
        self.conv2 = nn.Conv2d(8, 4, 1, bias=False)
        self.fc = nn.Linear(4 * 4 * 3, 5)

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        return self.fc(torch.relu(self.conv2(self.depthwise(x))).flatten(1))


class Statistics(nn.Module):
    """A transposed convolution, batch normalization in evaluation, and layer normalization."""

    def __init__(self):
        super().__init__()
        self.up = nn.ConvTranspose2d(2, 3, 3, stride=2)
        self.bn = nn.BatchNorm2d(3)
        self.norm = nn.LayerNorm(3)
        self.fc = nn.Linear(3, 2)

    def forward(self, x):
        return self.fc(self.norm(torch.relu(self.bn(self.up(x))).mean((2, 3))))


class Sequences(nn.Module):
    """An embedding, a convolution in one dimension, and a sequence that is flattened."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(7, 4)
        self.conv = nn.Conv1d(4, 3, 3)
        self.fc = nn.Linear(4 * 3, 2)

    def forward(self, x):
        x = self.embedding(x.long()).transpose(1, 2)
        return self.fc(torch.relu(self.conv(x)).flatten(1))


def network(module, x, channels_last):
    module.eval()
    for name, value in module.state_dict().items():
        if "norm" in name or "bn" in name and value.is_floating_point():
            value.copy_(torch.rand_like(value.float()) + 0.5)
    with torch.no_grad():
        y = module(x)
    x = x.permute(0, 2, 3, 1) if channels_last else x
    tensors = {**module.state_dict(), "input": x.float().contiguous(), "output": y}
    return base64.b64encode(save(tensors)).decode()


networks = {
    "convolutions": network(Convolutions(), torch.randn(2, 3, 7, 5), True),
    "statistics": network(Statistics(), torch.randn(2, 2, 4, 4), True),
    "sequences": network(Sequences(), torch.randint(0, 7, (2, 6)), False),
}

print("/** State dicts, inputs and outputs: see tools/reference-data/pytorchNetworks.py. */")
print("export const pytorchNetworks = {")
for name, text in networks.items():
    print(f"  {name}:\n    '{text}',")
print("};")
