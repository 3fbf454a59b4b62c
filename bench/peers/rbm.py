"""Restricted Boltzmann machines of 784 visible and 500 hidden units: scikit-learn's BernoulliRBM and contrastive divergence written
in PyTorch, on ten thousand images.

Batches of 100, one epoch, rate 0.05 on the mean gradient of a batch, neither momentum nor decay. The clock holds making the
machine and the epoch. scikit-learn knows persistent chains alone, one step each; PyTorch samples the hidden units and keeps visible
ones and those of the statistics as probabilities. The pseudo-log-likelihood is a sum over all pixels of 2,000 test images, made 0
or 1 at one half, by one numpy code for all.

Cases: rbm-cd1, rbm-cd10 (torch), rbm-pcd1 (scikit-learn), rbm-transform (both; the hidden probabilities of all images).
"""

import functools

from common import Variant, line, load, main, measure, measure_calls

HIDDEN = 500
BATCH = 100
RATE = 0.05
JUDGED = 2000
DRAWS = 20


def judged(args, weights, visible_bias, hidden_bias):
    """Pseudo-log-likelihood, by pixels drawn for each image, and squared error of the reconstruction. `weights`: hidden x visible."""
    import numpy as np

    weights = weights.astype("float64")
    *_, test, _ = load(args, "mnist10k", "float64")
    test = test[:JUDGED]
    bits = (test > 0.5).astype("float64")

    def energy(v):
        return -v @ visible_bias - np.logaddexp(0, v @ weights.T + hidden_bias).sum(1)

    rng, rows, found = np.random.default_rng(0), np.arange(len(bits)), []
    for _ in range(DRAWS):
        pixel = rng.integers(0, bits.shape[1], len(bits))
        other = bits.copy()
        other[rows, pixel] = 1 - other[rows, pixel]
        found.append((-bits.shape[1] * np.logaddexp(0, energy(bits) - energy(other))).mean())

    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    told = sigmoid(sigmoid(test @ weights.T + hidden_bias) @ weights + visible_bias)
    return float(np.mean(found)), float(((test - told) ** 2).mean())


def report(args, timing, machine, rows, algorithm, dtype, peer, version):
    pseudo, error = judged(args, *machine)
    settings = {
        "visible": machine[0].shape[1],
        "hidden": HIDDEN,
        "batch": BATCH,
        "epochs": 1,
        "learning_rate": RATE,
        "algorithm": algorithm,
        "reconstruction_error": round(error, 6),
        "dtype": dtype,
    }
    return line(
        timing, rows, peer=peer, version=version, metric="pseudo_log_likelihood", value=pseudo, settings=settings
    )


def scikit_learn(args):
    import sklearn
    from sklearn.neural_network import BernoulliRBM

    x, *_ = load(args, "mnist10k", "float32")

    def fit(rows=None):
        rbm = BernoulliRBM(n_components=HIDDEN, learning_rate=RATE, batch_size=BATCH, n_iter=1, random_state=0)
        return rbm.fit(x[:rows])

    fit(500)
    timing, rbm = measure(fit, args.repeats)
    machine = (rbm.components_, rbm.intercept_visible_, rbm.intercept_hidden_)
    return report(args, timing, machine, len(x), "pcd-1", "float32", "scikit-learn", sklearn.__version__)


def torch_epoch(steps, images):
    import torch

    torch.manual_seed(0)
    count, visible = images.shape
    weights = torch.randn(HIDDEN, visible) * 0.01
    visible_bias, hidden_bias = torch.zeros(visible), torch.zeros(HIDDEN)
    with torch.no_grad():
        order = torch.randperm(count)
        for start in range(0, count, BATCH):
            v = images[order[start : start + BATCH]]
            first = torch.sigmoid(torch.addmm(hidden_bias, v, weights.t()))
            p = first
            for _ in range(steps):
                told = torch.sigmoid(torch.addmm(visible_bias, torch.bernoulli(p), weights))
                p = torch.sigmoid(torch.addmm(hidden_bias, told, weights.t()))
            rate = RATE / len(v)
            weights.addmm_(first.t(), v, alpha=rate).addmm_(p.t(), told, alpha=-rate)
            visible_bias.add_((v - told).sum(0), alpha=rate)
            hidden_bias.add_((first - p).sum(0), alpha=rate)
    return weights, visible_bias, hidden_bias


def torch_set_up(args):
    import torch

    torch.set_num_threads(args.threads)
    x, *_ = load(args, "mnist10k", "float32")
    return torch, torch.from_numpy(x)


def torch_cd(steps, args):
    torch, images = torch_set_up(args)
    torch_epoch(steps, images[:1000])
    timing, machine = measure(lambda: torch_epoch(steps, images), args.repeats)
    machine = tuple(part.numpy() for part in machine)
    return report(args, timing, machine, len(images), f"cd-{steps}", "float32", "torch", torch.__version__)


def transformed(args, call, x, peer, version):
    timing, calls = measure_calls(call, args.repeats)
    settings = {"visible": x.shape[1], "hidden": HIDDEN, "dtype": "float32"}
    mean = float(call().mean())
    return line(
        timing, len(x) * calls, peer=peer, version=version, metric="mean_probability", value=mean, settings=settings
    )


def torch_transform(args):
    torch, images = torch_set_up(args)
    weights, _, hidden_bias = torch_epoch(1, images[:1000])

    def call():
        with torch.no_grad():
            return torch.sigmoid(torch.addmm(hidden_bias, images, weights.t()))

    return transformed(args, call, images, "torch", torch.__version__)


def scikit_learn_transform(args):
    import sklearn
    from sklearn.neural_network import BernoulliRBM

    x, *_ = load(args, "mnist10k", "float32")
    rbm = BernoulliRBM(n_components=HIDDEN, learning_rate=RATE, batch_size=BATCH, n_iter=1, random_state=0).fit(x[:1000])
    return transformed(args, lambda: rbm.transform(x), x, "scikit-learn", sklearn.__version__)


main(
    __doc__,
    [
        Variant("rbm-cd1", "torch-f32", functools.partial(torch_cd, 1)),
        Variant("rbm-cd10", "torch-f32", functools.partial(torch_cd, 10)),
        Variant("rbm-pcd1", "sklearn-f32", scikit_learn),
        Variant("rbm-transform", "torch-f32", torch_transform),
        Variant("rbm-transform", "sklearn-f32", scikit_learn_transform),
    ],
)
