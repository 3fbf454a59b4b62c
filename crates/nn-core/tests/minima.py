"""The minima that SciPy's L-BFGS-B and least_squares find of a small net's loss, for minima.rs. Run: python minima.py > minima.json"""
import json
import numpy as np
from scipy.optimize import least_squares, minimize

SAMPLES, HIDDEN = 12, 2
x = np.array([-1 + 2 * i / (SAMPLES - 1) for i in range(SAMPLES)])
# A bump with a wobble that two hidden units cannot follow, so that the minimum is not at infinity.
y = np.exp(-4 * x * x) + 0.2 * np.sin(9 * x)
start = np.array([0.9 * np.sin(2.0 * (i + 1)) for i in range(3 * HIDDEN + 1)])


def residuals(theta):
    w, b, v, c = theta[:HIDDEN], theta[HIDDEN : 2 * HIDDEN], theta[2 * HIDDEN : 3 * HIDDEN], theta[-1]
    return np.tanh(np.outer(x, w) + b) @ v + c - y


def loss(theta):
    return 0.5 * np.mean(residuals(theta) ** 2)


def gradient(theta):
    w, b, v = theta[:HIDDEN], theta[HIDDEN : 2 * HIDDEN], theta[2 * HIDDEN : 3 * HIDDEN]
    h = np.tanh(np.outer(x, w) + b)
    r = residuals(theta) / SAMPLES
    s = np.outer(r, v) * (1 - h * h)
    return np.concatenate([x @ s, s.sum(0), r @ h, [r.sum()]])


lbfgs = minimize(loss, start, jac=gradient, method="L-BFGS-B", options=dict(maxiter=5000, ftol=1e-16, gtol=1e-10))
lm = least_squares(residuals, start, method="lm", xtol=1e-15, ftol=1e-15, gtol=1e-15)
print(json.dumps({"lbfgs": lbfgs.fun, "lbfgs_iterations": lbfgs.nit, "levenberg_marquardt": lm.cost / SAMPLES, "start": loss(start)}, indent=1))
