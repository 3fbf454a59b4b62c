"""Writes cases.json: what SciPy's RBFInterpolator and scikit-learn's KMeans, Ridge and RidgeCV find on random data, in float64.

    python make.py > cases.json        (SciPy 1.17, scikit-learn 1.9)
"""

import json

import numpy as np
from scipy.interpolate import RBFInterpolator
from sklearn.cluster import KMeans
from sklearn.linear_model import Ridge, RidgeCV

random = np.random.default_rng(7)


def numbers(array):
    return [float(f"{value:.15g}") for value in np.asarray(array, float).ravel()]


def points(samples, features):
    return random.uniform(-1, 1, (samples, features)).round(3)


def interpolation(kernel, degree, smoothing, features=2, targets=2):
    """An interpolation of 25 points; degree -1 is no tail, 0 a constant, 1 a linear function."""
    x, asked = points(25, features), points(10, features)
    y = np.stack([np.sin(3 * x[:, 0]) + k * x[:, 1] ** 2 for k in range(1, targets + 1)], axis=1).round(4)
    epsilon = 1.0 if kernel in ("thin_plate_spline", "cubic") else 1.7
    model = RBFInterpolator(x, y, kernel=kernel, epsilon=epsilon, degree=degree, smoothing=smoothing)
    return {
        "basis": kernel.replace("_", "-"),
        "degree": degree,
        "ridge": smoothing,
        "beta": epsilon**2,
        "features": features,
        "x": numbers(x),
        "y": numbers(y),
        "asked": numbers(asked),
        "answers": numbers(model(asked)),
    }


def basis(x, centers, beta):
    return np.exp(-beta * ((x[:, None, :] - centers[None, :, :]) ** 2).sum(axis=2))


def pipeline(ridge, features=3, heaps=6, samples=120):
    """Heaps that lie apart, so that every good start ends with the same means; ridge on Gaussians around these."""
    heads = np.array([[40.0 * (h % 3), 40.0 * (h // 3), 20.0 * (h % 2)] for h in range(heaps)])[:, :features]
    x = (heads[np.arange(samples) % heaps] + 0.4 * points(samples, features)).round(3)
    asked = (heads[np.arange(12) % heaps] + points(12, features)).round(3)
    y = np.stack([x[:, 0] * np.cos(0.02 * x[:, 1]), x.sum(axis=1)], axis=1).round(4)
    means = KMeans(heaps, n_init=10, tol=0, random_state=1).fit(x).cluster_centers_
    means = means[np.lexsort(means.T[::-1])]
    beta = 0.002
    phi = basis(x, means, beta)
    model = Ridge(alpha=ridge, solver="svd").fit(phi, y)
    # The grid of ours: decades up to ten times the square of the largest singular value.
    largest = np.linalg.svd(phi - phi.mean(axis=0), compute_uv=False)[0] ** 2
    ridges = [largest * 10.0**decade for decade in range(-22, 2)]
    wide = [alpha for alpha in ridges if alpha > 1e-6 * largest]
    left_out = RidgeCV(alphas=wide, store_cv_results=True).fit(phi, y).cv_results_
    return {
        "features": features,
        "ridge": ridge,
        "beta": beta,
        "x": numbers(x),
        "y": numbers(y),
        "asked": numbers(asked),
        "centers": numbers(means),
        "answers": numbers(model.predict(basis(asked, means, beta))),
        "ridges": numbers(wide),
        "left_out": numbers(left_out.sum(axis=1).mean(axis=0)),
    }


def lloyd(samples, features, clusters):
    """Points without any order, from the first of them as means, until nothing moves."""
    x = points(samples, features)
    found = KMeans(clusters, init=x[:clusters], n_init=1, tol=0, max_iter=1000, algorithm="lloyd").fit(x)
    return {
        "features": features,
        "x": numbers(x),
        "start": numbers(x[:clusters]),
        "centers": numbers(found.cluster_centers_),
        "labels": found.labels_.tolist(),
    }


splines = [(kernel, 1) for kernel in ("thin_plate_spline", "cubic")]
shapes = [("gaussian", -1), ("gaussian", 0), ("gaussian", 1), ("inverse_multiquadric", -1)]
shapes += [("inverse_multiquadric", 0), ("multiquadric", 0), ("multiquadric", 1)]
cases = {
    "interpolations": [
        interpolation(kernel, degree, smoothing) for kernel, degree in shapes + splines for smoothing in (0.0, 0.05)
    ],
    "pipelines": [pipeline(ridge) for ridge in (1e-3, 0.5)],
    "lloyd": [lloyd(200, 2, 9), lloyd(100, 40, 7)],
}
# A case a line.
parts = [f'"{name}": [\n' + ",\n".join(map(json.dumps, found)) + "\n]" for name, found in cases.items()]
print("{" + ",\n".join(parts) + "}")
