"""Multilayer perceptrons of PyTorch and scikit-learn: training by mini-batch, by single sample, inference.

Two nets, relu between the layers, softmax cross-entropy on the last sums:

    big     784-256-128-10   mnist10k   rate 0.05    5 epochs
    small    64-64-10        digits     rate 0.1    20 epochs

Cases, each for both nets:

    mlp-NET-train         batches of 64 (the last one shorter), a new order each epoch, momentum 0.9 (plain),
                          constant rate, no weight decay, weights and biases from Glorot's uniform
                          distribution. The clock holds making the net and all epochs, not the data's loading.
    mlp-NET-train-one     batches of 1, one epoch over the first 1000 training rows; the rate is divided by
                          64, so that a sample counts as much as before
    mlp-NET-predict-one   one test row at a time, the rows taken in turn: `microseconds` a call
    mlp-NET-predict-all   the whole test set in one call, `rows` of them

For inference the net is trained for one epoch first, off the clock, so that its numbers are usual ones.
PyTorch gives back the last sums, scikit-learn (predict_proba) the probabilities: what each offers its users.
`fused` is PyTorch's single-kernel SGD, which a user has to ask for.
"""

import contextlib
import functools
import warnings

from common import Variant, line, load, main, measure, measure_calls

NETS = {
    "big": {"data": "mnist10k", "layers": [784, 256, 128, 10], "learning_rate": 0.05, "epochs": 5},
    "small": {"data": "digits", "layers": [64, 64, 10], "learning_rate": 0.1, "epochs": 20},
}
BATCH = 64
MOMENTUM = 0.9
ROWS_ONE = 1000
WARM_ROWS = 640
SEED = 0


def settings(net, dtype, **changed):
    return {
        **NETS[net],
        "batch": BATCH,
        "momentum": MOMENTUM,
        "nesterov": False,
        "weight_decay": 0.0,
        "activation": "relu",
        "loss": "softmax cross-entropy",
        "init": "glorot uniform, biases too",
        "shuffle": True,
        "dtype": dtype,
    } | changed


# ---- PyTorch ----------------------------------------------------------------------------------------------


class Torch:
    """One net of PyTorch's with its data, ready to be trained or asked."""

    peer = "PyTorch (eager)"

    def __init__(self, args, net, dtype, fused=False):
        import torch

        torch.set_num_threads(args.threads)
        torch.set_num_interop_threads(1)
        self.torch, self.net, self.dtype, self.fused = torch, net, dtype, fused
        self.version = torch.__version__
        arrays = load(args, NETS[net]["data"], dtype)
        self.x, self.y, self.test_x, self.test_y = (torch.from_numpy(a) for a in arrays)

    def fit(self, epochs, rows=None, batch=BATCH, learning_rate=None):
        torch, x, y = self.torch, self.x[:rows], self.y[:rows]
        torch.manual_seed(SEED)
        model = self.build()
        rate = learning_rate or NETS[self.net]["learning_rate"]
        optimizer = torch.optim.SGD(model.parameters(), lr=rate, momentum=MOMENTUM, fused=self.fused or None)
        for _ in range(epochs):
            for chosen in torch.randperm(len(x)).split(batch):
                optimizer.zero_grad()
                torch.nn.functional.cross_entropy(model(x[chosen]), y[chosen]).backward()
                optimizer.step()
        return model

    def build(self):
        nn, sizes = self.torch.nn, NETS[self.net]["layers"]
        steps = []
        for inputs, outputs in zip(sizes, sizes[1:]):
            dense = nn.Linear(inputs, outputs, dtype=getattr(self.torch, self.dtype))
            bound = (6 / (inputs + outputs)) ** 0.5
            nn.init.uniform_(dense.weight, -bound, bound)
            nn.init.uniform_(dense.bias, -bound, bound)
            steps += [dense, nn.ReLU()]
        return nn.Sequential(*steps[:-1])

    def accuracy(self, model):
        with self.torch.inference_mode():
            return (model(self.test_x).argmax(dim=1) == self.test_y).double().mean().item()

    def asker(self, model):
        """A function of rows, and what must be open around its calls."""
        return model, self.torch.inference_mode()


# ---- scikit-learn -----------------------------------------------------------------------------------------


class Sklearn:
    """The same for scikit-learn; its precision is that of the data it is given."""

    peer = "scikit-learn MLPClassifier"

    def __init__(self, args, net, dtype):
        import sklearn
        from sklearn.neural_network import MLPClassifier

        self.net, self.dtype, self.Classifier = net, dtype, MLPClassifier
        self.version = sklearn.__version__
        self.x, self.y, self.test_x, self.test_y = load(args, NETS[net]["data"], dtype)

    def fit(self, epochs, rows=None, batch=BATCH, learning_rate=None):
        model = self.Classifier(
            hidden_layer_sizes=NETS[self.net]["layers"][1:-1],
            activation="relu",
            solver="sgd",
            alpha=0.0,
            batch_size=batch,
            learning_rate="constant",
            learning_rate_init=learning_rate or NETS[self.net]["learning_rate"],
            max_iter=epochs,
            shuffle=True,
            momentum=MOMENTUM,
            nesterovs_momentum=False,
            tol=0.0,
            n_iter_no_change=10**6,  # all epochs are wanted, progress or not
            random_state=SEED,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it says that the epochs ran out, as they should
            model.fit(self.x[:rows], self.y[:rows])
        if model.n_iter_ != epochs:
            raise RuntimeError(f"stopped after {model.n_iter_} of {epochs} epochs")
        if model.coefs_[0].dtype != self.dtype:
            raise RuntimeError(f"computed in {model.coefs_[0].dtype}, not in {self.dtype}")
        return model

    def accuracy(self, model):
        return model.score(self.test_x, self.test_y)

    def asker(self, model):
        return model.predict_proba, contextlib.nullcontext()


# ---- cases ------------------------------------------------------------------------------------------------


def train(args, side):
    epochs = NETS[side.net]["epochs"]
    side.fit(1, WARM_ROWS)
    timing, model = measure(lambda: side.fit(epochs), args.repeats)
    return report(side, model, timing, len(side.x) * epochs, settings(side.net, side.dtype))


def train_one(args, side):
    rows = min(ROWS_ONE, len(side.x))
    rate = NETS[side.net]["learning_rate"] / BATCH
    side.fit(1, rows // 10, 1, rate)
    timing, model = measure(lambda: side.fit(1, rows, 1, rate), args.repeats)
    changed = {"epochs": 1, "batch": 1, "learning_rate": rate, "rows": rows}
    return report(side, model, timing, rows, settings(side.net, side.dtype, **changed))


def predict_one(args, side):
    model = side.fit(1)
    rows = [side.test_x[i : i + 1] for i in range(min(256, len(side.test_x)))]
    ask, context = side.asker(model)
    turn = 0

    def call():
        nonlocal turn
        ask(rows[turn])
        turn = (turn + 1) % len(rows)

    with context:
        timing, calls = measure_calls(call, args.repeats)
    extra = {"calls": calls, "microseconds": round(timing.seconds / calls * 1e6, 3)}
    return report(side, model, timing, calls, settings(side.net, side.dtype, epochs=1, rows=1), **extra)


def predict_all(args, side):
    model = side.fit(1)
    ask, context = side.asker(model)
    rows = len(side.test_x)
    with context:
        timing, calls = measure_calls(lambda: ask(side.test_x), args.repeats)
    return report(side, model, timing, calls * rows, settings(side.net, side.dtype, epochs=1, rows=rows), calls=calls)


def report(side, model, timing, presentations, used, **extra):
    if getattr(side, "fused", False):
        used = used | {"fused": True}
    return line(
        timing,
        presentations,
        peer=side.peer,
        version=side.version,
        metric="test_accuracy",
        value=side.accuracy(model),
        settings=used,
        **extra,
    )


def variants():
    single, double = "float32", "float64"
    torch = {"torch-f32": (Torch, single), "torch-f64": (Torch, double)}
    fused = {"torch-fused-f32": (Torch, single, True)}
    sklearn = {"sklearn-f32": (Sklearn, single), "sklearn-f64": (Sklearn, double)}
    plan = {
        "train": (train, torch | fused | sklearn),
        "train-one": (train_one, {"torch-f32": torch["torch-f32"]} | fused),
        "predict-one": (predict_one, torch | sklearn),
        "predict-all": (predict_all, torch | sklearn),
    }
    for net in NETS:
        for what, (case, sides) in plan.items():
            for name, (side, *how) in sides.items():
                yield Variant(f"mlp-{net}-{what}", name, functools.partial(run, case, side, net, how))


def run(case, side, net, how, args):
    return case(args, side(args, net, *how))


if __name__ == "__main__":
    main(__doc__.splitlines()[0], list(variants()))
