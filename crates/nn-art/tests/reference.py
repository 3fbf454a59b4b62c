"""The categories that artlib 0.1.12 gives to samples of a small generator: the numbers in reference.rs.

pip install artlib; python crates/nn-art/tests/reference.py
"""

import numpy as np
from artlib import ART1, FuzzyART, SimpleARTMAP


def numbers(count, state):
    """Numbers from 0 to 1 by the generator of C's standard, which a line of Rust repeats."""
    drawn = []
    for _ in range(count):
        state = (state * 1103515245 + 12345) % 2**31
        drawn.append(state / 2**31)
    return np.array(drawn)


def show(name, labels):
    print(name, [int(label) for label in labels])


x = numbers(60 * 3, 1).reshape(60, 3)
coded = np.hstack([x, 1 - x])
classes = (x[:, 0] + x[:, 1] * x[:, 2] > 0.75).astype(int) + (x[:, 2] > 0.6).astype(int)
for rho, alpha, beta in [(0.5, 0.001, 1.0), (0.8, 0.1, 1.0), (0.7, 0.01, 0.5)]:
    art = FuzzyART(rho=rho, alpha=alpha, beta=beta)
    art.fit(coded)
    show(f"Fuzzy ART {rho} {alpha} {beta}", art.labels_)
for rho in [0.0, 0.7]:
    art = SimpleARTMAP(FuzzyART(rho=rho, alpha=0.001, beta=1.0))
    art.fit(coded, classes, match_tracking="MT+", epsilon=1e-4)
    show(f"Fuzzy ARTMAP {rho}, categories", art.module_a.labels_)
    show(f"Fuzzy ARTMAP {rho}, predictions", art.predict(coded))
bits = (numbers(60 * 10, 7).reshape(60, 10) > 0.5).astype(int)
bits = np.hstack([bits, 1 - bits])
for rho, l in [(0.6, 2.0), (0.75, 1.5)]:
    # Its match is over the number of features where the paper's is over the ones of the pattern: here half of them, always.
    art = ART1(rho=rho / 2, L=l)
    art.fit(bits)
    show(f"ART1 {rho} {l}", art.labels_)
