"""Makes pytorch.json: what PyTorch's nn.RNN and a linear layer come to from a start that is written down, in steps of SGD with momentum.

Three sequences of 5, 3 and 4 steps, 2 inputs, 3 hidden units, 2 outputs, one step of training for all of them together, in 64 bits. Weights
and data are sines, so that both sides have the same without a file. nn.RNN has two biases that do the same; the second is 0 and stands
still. The loss is the mean over all steps of the sequences, half the sum of squares or the cross-entropy.

    python tests/pytorch.py > tests/pytorch.json
"""

import json
import math

import torch

INPUTS, UNITS, OUTPUTS = 2, 3, 2
LENGTHS = [5, 3, 4]
STEPS = 20


def wave(count, by):
    return torch.tensor([math.sin(by * (k + 1)) for k in range(count)], dtype=torch.float64)


def learn(activation, loss):
    hidden = torch.nn.RNN(INPUTS, UNITS, nonlinearity=activation, batch_first=True).double()
    output = torch.nn.Linear(UNITS, OUTPUTS).double()
    joined = wave(UNITS * (INPUTS + UNITS), 1.3).reshape(UNITS, INPUTS + UNITS)
    with torch.no_grad():
        hidden.weight_ih_l0.copy_(joined[:, :INPUTS])
        hidden.weight_hh_l0.copy_(joined[:, INPUTS:])
        hidden.bias_ih_l0.copy_(0.5 * wave(UNITS, 2.1))
        hidden.bias_hh_l0.zero_()
        output.weight.copy_(wave(OUTPUTS * UNITS, 0.7).reshape(OUTPUTS, UNITS))
        output.bias.copy_(0.5 * wave(OUTPUTS, 1.9))
    hidden.bias_hh_l0.requires_grad_(False)
    moved = [p for p in [*hidden.parameters(), *output.parameters()] if p.requires_grad]
    rule = torch.optim.SGD(moved, lr=0.1, momentum=0.9)
    x, y = wave(sum(LENGTHS) * INPUTS, 0.9).reshape(-1, INPUTS), wave(sum(LENGTHS) * OUTPUTS, 0.4).reshape(-1, OUTPUTS)
    labels = (y[:, 0] > 0).long()
    losses = []
    for _ in range(STEPS):
        rule.zero_grad()
        total, at = 0.0, 0
        for length in LENGTHS:
            part = slice(at, at + length)
            answers = output(hidden(x[None, part])[0])[0]
            if loss == "squared-error":
                total = total + 0.5 * ((answers - y[part]) ** 2).sum()
            else:
                total = total + torch.nn.functional.cross_entropy(answers, labels[part], reduction="sum")
            at += length
        mean = total / sum(LENGTHS)
        mean.backward()
        rule.step()
        losses.append(mean.item())
    joined = torch.cat([hidden.weight_ih_l0, hidden.weight_hh_l0], dim=1)
    parts = [joined, hidden.bias_ih_l0, output.weight, output.bias]
    theta = torch.cat([part.detach().reshape(-1) for part in parts])
    return {"activation": activation, "loss": loss, "losses": losses, "theta": theta.tolist()}


cases = [learn(activation, loss) for activation in ("tanh", "relu") for loss in ("squared-error", "cross-entropy")]
print(json.dumps({"torch": torch.__version__.split("+")[0], "cases": cases}, indent=1))
