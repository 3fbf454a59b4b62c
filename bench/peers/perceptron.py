"""The perceptron of scikit-learn: fixed epochs over `planted`, 100,000 samples of 100 features in two classes.

    perceptron-train    step size 1, weights from 0, the samples in their order, 10 epochs; some classes are wrong, so
                        that no epoch is without a mistake. The clock holds the whole call of `fit`.
"""

import functools
import warnings

from common import Variant, line, load, main, measure

EPOCHS = 10


def train(dtype, args):
    import sklearn
    from sklearn.linear_model import Perceptron

    x, y, test_x, test_y = load(args, "planted", dtype)

    def fit():
        model = Perceptron(max_iter=EPOCHS, tol=None, shuffle=False, eta0=1.0, random_state=0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it says that the epochs ran out, as they should
            return model.fit(x, y)

    timing, model = measure(fit, args.repeats)
    settings = {"data": "planted", "epochs": EPOCHS, "learning_rate": 1.0, "shuffle": False, "dtype": dtype}
    return line(
        timing,
        len(x) * EPOCHS,
        peer="scikit-learn Perceptron",
        version=sklearn.__version__,
        metric="test_accuracy",
        value=model.score(test_x, test_y),
        settings=settings,
    )


VARIANTS = [
    Variant("perceptron-train", "sklearn-f32", functools.partial(train, "float32")),
    Variant("perceptron-train", "sklearn-f64", functools.partial(train, "float64")),
]

if __name__ == "__main__":
    main(__doc__.splitlines()[0], VARIANTS)
