"""Writes layers.json: random cases of PyTorch's layers, with what they answer and the gradients they give back, in float64.

    python make.py > layers.json        (PyTorch 2.15)
"""

import json

import torch

torch.manual_seed(7)
torch.set_default_dtype(torch.float64)


def numbers(tensor):
    return [float(f"{value:.12g}") for value in tensor.detach().flatten()]


def case(layer, text, shape, samples=2):
    """One layer on `samples` images of [channels, rows, columns]; the loss is a random weighting of what it answers."""
    x = torch.randn(samples, *shape).mul(10).round().div(10).requires_grad_()
    for parameter in layer.parameters():
        parameter.data = torch.randn(parameter.shape).mul(10).round().div(10)
    y = layer(x)
    dy = torch.randn(y.shape).mul(10).round().div(10)
    y.backward(dy)
    theta = [numbers(parameter) for parameter in layer.parameters()]
    slopes = [numbers(parameter.grad) for parameter in layer.parameters()]
    return {
        "layer": text,
        "shape": list(shape),
        "samples": samples,
        "theta": sum(theta, []),
        "x": numbers(x),
        "y": numbers(y),
        "dy": numbers(dy),
        "dx": numbers(x.grad),
        "dtheta": sum(slopes, []),
    }


nn = torch.nn
cases = [
    case(nn.Conv2d(2, 3, 3), "conv:3:3", (2, 5, 4)),
    case(nn.Conv2d(1, 4, (3, 2), stride=2), "conv:4:3x2:s2", (1, 6, 5)),
    case(nn.Conv2d(3, 2, 3, stride=2, padding=1), "conv:2:3:s2:p1", (3, 5, 5)),
    case(nn.Conv2d(2, 2, 5, padding=2), "conv:2:5:p2", (2, 4, 4)),
    case(nn.MaxPool2d(2), "max:2", (2, 4, 6)),
    case(nn.MaxPool2d(3, stride=2), "max:3:s2", (1, 5, 7)),
    case(nn.AvgPool2d(2), "mean:2", (2, 4, 4)),
    case(nn.AvgPool2d(3, stride=1), "mean:3:s1", (1, 4, 5)),
]

# Table of connections: three maps that see (0, 1), (1, 2) and (2) of three.
full = nn.Conv2d(3, 3, 2)
seen = torch.zeros(3, 3, 1, 1)
for output, inputs in enumerate([(0, 1), (1, 2), (2,)]):
    seen[output, list(inputs)] = 1


class Joined(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight, self.bias = full.weight, full.bias

    def forward(self, x):
        return nn.functional.conv2d(x, self.weight * seen, self.bias)


joined = case(Joined(), "conv:3:2:0+1/1+2/2", (3, 4, 3))
pick = [at for at in range(36) if seen.flatten()[at // 4] == 1] + [36, 37, 38]
for key in ("theta", "dtheta"):
    joined[key] = [joined[key][at] for at in pick]
cases.append(joined)

print(json.dumps(cases))
