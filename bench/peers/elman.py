"""Elman networks: PyTorch's nn.RNN (tanh) and a linear layer on strings of the embedded Reber grammar, symbol by symbol.

7 symbols in, 7 out, cross-entropy, back-propagation through the whole string; SGD of rate 0.05 and momentum 0.9, gradients shortened to
norm 1. 1,000 strings, drawn from the grammar by a seed of this script. Samples are symbols.

    elman-15-online, elman-128-online      one string a step, 3 passes
    elman-15-batch32, elman-128-batch32    32 strings a step, padded to the longest, the loss over real symbols; 10 passes
    elman-15-step                          one symbol through a trained net in inference mode: `microseconds` a call
"""

import functools

from common import Variant, line, main, measure, measure_calls

SYMBOLS = "BTSXPVE"
WAYS = {
    0: [("T", 1), ("P", 2)],
    1: [("S", 1), ("X", 3)],
    2: [("T", 2), ("V", 4)],
    3: [("X", 2), ("S", 5)],
    4: [("P", 3), ("V", 5)],
}
STRINGS = 1000


def embedded(rng):
    """A string, and the symbols that may come after each of it but the last."""
    place, inner, following = 0, "B", []
    while place != 5:
        following.append("".join(letter for letter, _ in WAYS[place]))
        letter, place = WAYS[place][rng.integers(2)]
        inner += letter
    outer = "TP"[rng.integers(2)]
    return f"B{outer}{inner}E{outer}E", ["TP", "B", *following, "E", outer, "E"]


def strings(count, seed):
    """Codes padded by -1, lengths, and whether each symbol may come next."""
    import numpy as np

    rng = np.random.default_rng(seed)
    drawn = [embedded(rng) for _ in range(count)]
    longest = max(len(string) for string, _ in drawn)
    codes, lengths = np.full((count, longest), -1), np.array([len(string) for string, _ in drawn])
    legal = np.zeros((count, longest, 7), bool)
    for k, (string, following) in enumerate(drawn):
        codes[k, : len(string)] = [SYMBOLS.index(letter) for letter in string]
        for t, letters in enumerate(following):
            legal[k, t, [SYMBOLS.index(letter) for letter in letters]] = True
    return codes, lengths, legal


class Torch:
    def __init__(self, args, units, batch, epochs):
        import torch

        torch.set_num_threads(args.threads)
        self.torch, self.units, self.batch, self.epochs = torch, units, batch, epochs
        self.codes, self.lengths, _ = strings(STRINGS, 4)
        self.x = self.one_hot(self.codes)
        self.y = torch.from_numpy(self.codes)

    def one_hot(self, codes):
        import numpy as np

        return self.torch.nn.functional.one_hot(self.torch.from_numpy(np.maximum(codes, 0)), 7).float()

    def net(self):
        nn = self.torch.nn

        class Net(nn.Module):
            def __init__(self, units):
                super().__init__()
                self.hidden = nn.RNN(7, units, nonlinearity="tanh", batch_first=True)
                self.output = nn.Linear(units, 7)

            def forward(self, x):
                return self.output(self.hidden(x)[0])

        return Net(self.units)

    def fit(self, epochs=None, count=STRINGS):
        import numpy as np

        torch = self.torch
        torch.manual_seed(0)
        net = self.net()
        rule = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
        order = np.random.default_rng(0)
        for _ in range(epochs or self.epochs):
            drawn = order.permutation(count)
            for start in range(0, count, self.batch):
                chosen = torch.from_numpy(drawn[start : start + self.batch])
                steps = int(self.lengths[chosen].max())
                rule.zero_grad(set_to_none=True)
                answers = net(self.x[chosen, : steps - 1]).reshape(-1, 7)
                truth = self.y[chosen, 1:steps].reshape(-1)
                loss = torch.nn.functional.cross_entropy(answers, truth, ignore_index=-1)
                loss.backward()
                torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
                rule.step()
        return net

    def step_accuracy(self, net):
        """The share of steps whose legal successors are all more probable than all others."""
        import numpy as np

        codes, lengths, legal = strings(500, 5)
        with self.torch.inference_mode():
            answers = net(self.one_hot(codes)).softmax(-1).numpy()
        least = np.where(legal, answers, np.inf).min(-1)
        most = np.where(legal, -np.inf, answers).max(-1)
        there = np.arange(codes.shape[1])[None, :] < lengths[:, None] - 1
        return (most < least)[there].mean()


def settings(side):
    return {
        "hidden": side.units,
        "batch": side.batch,
        "epochs": side.epochs,
        "strings": STRINGS,
        "gradient": "full",
        "dtype": "float32",
    }


def report(side, net, timing, presentations, **extra):
    return line(
        timing,
        presentations,
        peer="PyTorch nn.RNN",
        version=side.torch.__version__,
        metric="step_accuracy",
        value=side.step_accuracy(net),
        settings=settings(side),
        **extra,
    )


def train(units, batch, epochs, args):
    side = Torch(args, units, batch, epochs)
    side.fit(1, 64)
    timing, net = measure(side.fit, args.repeats)
    return report(side, net, timing, int((side.lengths - 1).sum()) * epochs)


def step(args):
    side = Torch(args, 15, 32, 3)
    net = side.fit()
    symbols = [side.x[:1, t : t + 1] for t in range(9)]
    turn, state = 0, None

    def call():
        nonlocal turn, state
        with side.torch.inference_mode():
            h, state = net.hidden(symbols[turn], state)
            net.output(h).softmax(-1)
        turn = (turn + 1) % len(symbols)

    timing, calls = measure_calls(call, args.repeats)
    extra = {"calls": calls, "microseconds": round(timing.seconds / calls * 1e6, 3)}
    return report(side, net, timing, calls, **extra)


VARIANTS = [
    Variant(f"elman-{units}-{name}", "torch", functools.partial(train, units, batch, epochs))
    for units in (15, 128)
    for name, batch, epochs in (("online", 1, 3), ("batch32", 32, 10))
]
VARIANTS.append(Variant("elman-15-step", "torch", step))

if __name__ == "__main__":
    main(__doc__.splitlines()[0], VARIANTS)
