"""Writes pytorch.json: where PyTorch's optimisers are after 1, 10 and 100 steps. Run with any PyTorch 2."""

import json
import math
import pathlib

import torch

START = [0.5, -1.5, 2.0, 0.0, -0.25]


def optimisers(theta):
    optim = torch.optim
    return {
        "sgd": optim.SGD([theta], lr=0.05),
        "sgd momentum": optim.SGD([theta], lr=0.05, momentum=0.9, weight_decay=0.01),
        "nesterov": optim.SGD([theta], lr=0.05, momentum=0.9, nesterov=True, weight_decay=0.01),
        "rmsprop": optim.RMSprop([theta], lr=0.01, alpha=0.99, eps=1e-8, weight_decay=0.01),
        "adam": optim.Adam([theta], lr=0.02, weight_decay=0.01),
        "adamw": optim.AdamW([theta], lr=0.02, weight_decay=0.1),
    }


def course(name):
    theta = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    optimiser = optimisers(theta)[name]
    stations = []
    for step in range(1, 101):
        # A bowl of unequal steepness, whose lowest place moves: its slope is given instead of derived.
        place = torch.arange(5, dtype=torch.float64)
        theta.grad = 0.3 * (place + 1) * theta.detach() + torch.cos(place + 0.1 * step)
        optimiser.step()
        if step in (1, 10, 100):
            stations.append(theta.detach().tolist())
    return stations


names = optimisers(torch.zeros(5, requires_grad=True)).keys()
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps({name: course(name) for name in names}, indent=1) + "\n")
