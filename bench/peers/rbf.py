"""Radial basis functions of scikit-learn: KMeans, then rbf_kernel, then Ridge with a bias.

Two nets, each one Gaussian width for all units, twice the mean distance of a centre from its two nearest others; one-hot targets:

    big     784, 500 centres, 10   mnist10k
    small    64, 100 centres, 10   digits

Cases, each for both nets:

    rbf-NET-train         k-means++ with one start, Lloyd's passes until nothing changes, at most 20; the width, the answers
                          of the units, ridge 0.001. The clock holds all of it.
    rbf-NET-predict-one   one test row at a time, the rows taken in turn: `microseconds` a call
    rbf-NET-predict-all   the whole test set in one call, `rows` of them
"""

import functools

from common import Variant, line, load, main, measure, measure_calls

NETS = {
    "big": {"data": "mnist10k", "centers": 500},
    "small": {"data": "digits", "centers": 100},
}
PASSES = 20
WIDTH_FACTOR = 2.0
RIDGE = 1e-3
WARM_ROWS = 640


def settings(net, dtype):
    return {
        **NETS[net],
        "passes": PASSES,
        "width_factor": WIDTH_FACTOR,
        "ridge": RIDGE,
        "widths": "one",
        "dtype": dtype,
    }


class Sklearn:
    """The steps in a row; their precision is that of the data they are given."""

    peer = "scikit-learn KMeans, rbf_kernel, Ridge"

    def __init__(self, args, net, dtype):
        import numpy as np
        import sklearn

        self.net, self.dtype, self.version = net, dtype, sklearn.__version__
        self.x, labels, self.test_x, self.test_y = load(args, NETS[net]["data"], dtype)
        self.y = np.eye(10, dtype=dtype)[labels]

    def fit(self, rows=None, seed=0):
        from sklearn.cluster import KMeans
        from sklearn.linear_model import Ridge
        from sklearn.metrics.pairwise import rbf_kernel

        x, y = self.x[:rows], self.y[:rows]
        means = KMeans(
            NETS[self.net]["centers"], init="k-means++", n_init=1, max_iter=PASSES, tol=0.0, algorithm="lloyd", random_state=seed
        ).fit(x)
        centers = means.cluster_centers_
        gamma = 1 / (2 * (WIDTH_FACTOR * neighbours(centers)) ** 2)
        ridge = Ridge(alpha=RIDGE).fit(rbf_kernel(x, centers, gamma=gamma), y)
        return lambda asked: ridge.predict(rbf_kernel(asked, centers, gamma=gamma))

    def accuracy(self, answer):
        return (answer(self.test_x).argmax(axis=1) == self.test_y).mean()


def neighbours(centers):
    """The mean distance of a centre from its two nearest others."""
    import numpy as np

    norms = (centers**2).sum(axis=1)
    squares = np.maximum(norms[:, None] + norms - 2 * centers @ centers.T, 0)
    return np.sqrt(np.sort(squares, axis=1)[:, 1:3]).mean()


def train(args, side):
    side.fit(WARM_ROWS)
    timing, model = measure(side.fit, args.repeats)
    return report(side, model, timing, len(side.x))


def predict_one(args, side):
    answer = side.fit()
    rows = [side.test_x[i : i + 1] for i in range(len(side.test_x))]
    turn = 0

    def call():
        nonlocal turn
        answer(rows[turn])
        turn = (turn + 1) % len(rows)

    timing, calls = measure_calls(call, args.repeats)
    extra = {"calls": calls, "microseconds": round(timing.seconds / calls * 1e6, 3)}
    return report(side, answer, timing, calls, **extra)


def predict_all(args, side):
    answer = side.fit()
    timing, calls = measure_calls(lambda: answer(side.test_x), args.repeats)
    rows = len(side.test_x)
    return report(side, answer, timing, calls * rows, rows=rows, calls=calls)


def report(side, answer, timing, presentations, **extra):
    return line(
        timing,
        presentations,
        peer=side.peer,
        version=side.version,
        metric="test_accuracy",
        value=side.accuracy(answer),
        settings=settings(side.net, side.dtype),
        **extra,
    )


def run(case, net, dtype, args):
    return case(args, Sklearn(args, net, dtype))


VARIANTS = [
    Variant(f"rbf-{net}-{what}", f"sklearn-{short}", functools.partial(run, case, net, dtype))
    for net in NETS
    for what, case in (("train", train), ("predict-one", predict_one), ("predict-all", predict_all))
    for short, dtype in (("f64", "float64"), ("f32", "float32"))
]

if __name__ == "__main__":
    main(__doc__.splitlines()[0], VARIANTS)
