"""Adaptive resonance: artlib's compiled Fuzzy ART, Fuzzy ARTMAP and ART1, one pass of fast learning over samples in their order.

Choice 0.001 (L 2 of ART1), complement coded; the clock holds making the model and the pass, the coding is done before.
artlib's ART1 measures the match over all features, which with the complement are twice as many as a pattern has ones.

Cases: art-digits-fuzzy (vigilance 0.7), art-letters-fuzzy (0.8), art-{digits,letters,circle}-artmap (0, epsilon 1e-10),
art-digits-art1 (0.7, pixels above a half).
"""

from functools import partial

from common import Variant, line, load, main, measure


def coded(x):
    import numpy as np

    return np.ascontiguousarray(np.concatenate([x, 1 - x], 1))


def version():
    from importlib.metadata import version

    return version("artlib")


def report(timing, rows, metric, value, **used):
    return line(timing, rows, peer="artlib (C++)", version=version(), metric=metric, value=value, settings=used)


def fuzzy(data, vigilance, args):
    from artlib.optimized.backends.cpp.FuzzyART import FuzzyART

    x = coded(load(args, data, "float64")[0])
    timing, art = measure(lambda: FuzzyART(rho=vigilance, alpha=1e-3, beta=1.0).fit(x), args.repeats)
    return report(timing, len(x), "categories", len(art.W), vigilance=vigilance, choice=0.001, dtype="float64")


def artmap(data, args):
    import artlib
    import numpy as np

    x, y, asked, truth = load(args, data, "float64")
    x, asked = coded(x), coded(asked)

    def fit():
        art = artlib.FuzzyARTMAP(rho=0.0, alpha=1e-3, beta=1.0, backend="c++")
        return art.fit(x, y, epsilon=1e-10)

    timing, art = measure(fit, args.repeats)
    right = float((np.asarray(art.predict(asked)) == truth).mean())
    return report(timing, len(x), "accuracy", right, vigilance=0, categories=len(art.module_a.W), dtype="float64")


def art1(args):
    import numpy as np
    from artlib.optimized.backends.cpp.ART1 import ART1

    x = coded((load(args, "digits", "float64")[0] > 0.5).astype(np.uint8))
    timing, art = measure(lambda: ART1(rho=0.35, L=2.0).fit(x), args.repeats)
    return report(timing, len(x), "categories", len(art.W), vigilance=0.7, choice=2, dtype="uint8")


if __name__ == "__main__":
    cases = [("digits-fuzzy", partial(fuzzy, "digits", 0.7)), ("letters-fuzzy", partial(fuzzy, "letters", 0.8))]
    cases += [(f"{data}-artmap", partial(artmap, data)) for data in ["digits", "letters", "circle"]]
    cases += [("digits-art1", art1)]
    main(__doc__.splitlines()[0], [Variant(f"art-{name}", "artlib-f64", run) for name, run in cases])
