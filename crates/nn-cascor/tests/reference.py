"""Writes reference.json: cascade-correlation sample by sample, as its authors' program goes about it, in plain numpy.

Targets are -1/2 and 1/2 and sigmoids go from -1/2 to 1/2, in the outputs too. The random weights at the start are read from
reference.json, which holds what tests/reference.rs draws (that test says so where it does not).

    python reference.py
"""

import json
from pathlib import Path

import numpy as np

FILE = Path(__file__).with_name("reference.json")
MU, OFFSET = 2.0, 0.1
OUTPUT = {"rate": 1.0, "decay": 1e-4, "patience": 12, "change": 0.01, "epochs": 8}
CANDIDATE = {"rate": 100.0, "decay": 0.0, "patience": 8, "change": 0.03, "epochs": 8}
UNITS = 3


def samples():
    x = np.array([[np.sin(7.0 * j + 3.0 * i) for i in range(2)] for j in range(30)])
    target = np.array([0.5 if j * 7 // 2 % 2 == 1 else -0.5 for j in range(30)])
    return x, target


def sigmoid(total):
    return 1 / (1 + np.exp(-total)) - 0.5


class Quickprop:
    def __init__(self, weights, decay):
        self.w, self.decay = weights, decay
        self.step = [0.0] * len(weights)
        self.before = [0.0] * len(weights)

    def update(self, slopes, epsilon):
        shrink = MU / (1 + MU)
        for i in range(len(self.w)):
            d, s, p = self.step[i], slopes[i] + self.decay * self.w[i], self.before[i]
            step = 0.0
            if d < 0:
                if s > 0:
                    step -= epsilon * s
                step += MU * d if s >= p * shrink else d * s / (p - s)
            elif d > 0:
                if s < 0:
                    step -= epsilon * s
                step += MU * d if s <= p * shrink else d * s / (p - s)
            else:
                step -= epsilon * s
            self.w[i] += step
            self.step[i], self.before[i] = step, s


def stands_still(settings):
    """A function that is given what was measured in each epoch, and says whether the phase is over."""
    state = {"epoch": 0, "quit": settings["patience"], "last": 0.0}

    def over(now):
        state["epoch"] += 1
        if state["epoch"] == 1:
            state["last"] = now
        elif abs(now - state["last"]) > state["last"] * settings["change"]:
            state["last"], state["quit"] = now, state["epoch"] + settings["patience"]
        elif state["epoch"] >= state["quit"]:
            return True
        return state["epoch"] == settings["epochs"]

    return over


def grow(starts):
    x, target = samples()
    count = len(x)
    # The bias is the last of the values, as in our files.
    values = [list(row) for row in x]
    output = Quickprop(list(starts["outputs"]), OUTPUT["decay"])
    losses, correlations, units = [], [], []
    while True:
        over = stands_still(OUTPUT)
        while True:
            slopes, error, wrong, errors = [0.0] * len(output.w), 0.0, 0, []
            for row, t in zip(values, target):
                o = sigmoid(np.dot(output.w, row + [1.0]))
                difference = o - t
                wrong += abs(difference) >= 0.4
                error += difference**2
                prime = difference * (OFFSET + 0.25 - o * o)
                errors.append(prime)
                for i, value in enumerate(row + [1.0]):
                    slopes[i] += prime * value
            losses.append(error / count / 2)
            correlations.append(0.0)
            if wrong == 0:
                return losses, correlations, units, list(output.w), True
            output.update(slopes, OUTPUT["rate"] / count)
            if over(error):
                break
        if len(units) == UNITS:
            return losses, correlations, units, list(output.w), False
        mean, square = np.mean(errors), sum(e * e for e in errors)
        pool = [Quickprop(list(w), CANDIDATE["decay"]) for w in starts["candidates"][len(units)]]
        over, first = stands_still(CANDIDATE), True
        signs = [0.0] * len(pool)
        while True:
            scores = []
            for number, candidate in enumerate(pool):
                slopes = [0.0] * len(candidate.w)
                product, total = 0.0, 0.0
                direction = -1.0 if signs[number] < 0 else 1.0
                for row, e in zip(values, errors):
                    v = sigmoid(np.dot(candidate.w, row + [1.0]))
                    product += v * e
                    total += v
                    change = -direction * (0.25 - v * v) * (e - mean) / square
                    for i, value in enumerate(row + [1.0]):
                        slopes[i] += change * value
                if not first:
                    candidate.update(slopes, CANDIDATE["rate"] / (count * len(candidate.w)))
                scores.append((product - mean * total) / square)
            signs = scores
            best = max(range(len(pool)), key=lambda number: abs(scores[number]))
            losses.append(losses[-1])
            correlations.append(abs(scores[best]))
            if not first and over(abs(scores[best])):
                break
            first = False
        unit = list(pool[best].w)
        units.append(unit)
        for row in values:
            row.append(sigmoid(np.dot(unit, row + [1.0])))
        for numbers, new in ((output.w, -scores[best]), (output.step, 0.0), (output.before, 0.0)):
            numbers.insert(len(numbers) - 1, new)


if __name__ == "__main__":
    starts = json.loads(FILE.read_text())["starts"]
    losses, correlations, units, weights, solved = grow(starts)
    grown = {"losses": losses, "correlations": correlations, "units": units, "outputs": weights, "solved": solved}
    FILE.write_text(json.dumps({"starts": starts, "grown": grown}, indent=1) + "\n")
