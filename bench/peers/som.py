"""Self-organising maps: XPySom (numpy), somoclu (C++ and OpenMP) and MiniSom on maps of 20 x 20 and 50 x 50 units.

Rectangular and planar, Gaussian, start at samples drawn at random, numbers as they are. The clock holds making the map and
all passes. The quantisation error is the mean distance to the nearest unit, the topographic error the share of rows whose two
nearest units are not among eight neighbours: one numpy code for every peer's weights.

Cases, with `DATA` = digits or som10k:

    som-DATA-20-batch, som-DATA-50-batch    10 passes, radius from side/2 to 1, each peer's own way between them
    som-DATA-20-online                      MiniSom, radius 5, rate 0.5, both by its decay to a third; 10 passes on digits, 2
                                            on som10k, the rows in their order

XPySom and somoclu take half of the radius for the width of their Gaussian; somoclu cuts it at the radius, and its scale has no
effect on its batch rule.
"""

import functools

from common import Variant, line, load, main, measure

PASSES = 10
SEED = 0


def errors(weights, x):
    import numpy as np

    rows, columns, features = weights.shape
    units = weights.reshape(-1, features).astype("float64")
    far, torn = [], 0
    for start in range(0, len(x), 1000):
        part = x[start : start + 1000].astype("float64")
        squares = (part**2).sum(1)[:, None] + (units**2).sum(1) - 2 * part @ units.T
        two = np.argpartition(squares, 1, axis=1)[:, :2]
        values = np.take_along_axis(squares, two, 1)
        two = np.take_along_axis(two, values.argsort(1), 1)
        far.append(np.sqrt(np.maximum(values.min(1), 0)))
        (r1, c1), (r2, c2) = np.divmod(two[:, 0], columns), np.divmod(two[:, 1], columns)
        torn += int((np.maximum(abs(r1 - r2), abs(c1 - c2)) > 1).sum())
    return float(np.concatenate(far).mean()), torn / len(x)


def report(timing, weights, x, passes, peer, version, **used):
    quantization, topographic = errors(weights, x)
    settings = {"map": list(weights.shape[:2]), "passes": passes, "topographic_error": round(topographic, 4)} | used
    return line(
        timing,
        len(x) * passes,
        peer=peer,
        version=version,
        metric="quantization_error",
        value=quantization,
        settings=settings,
    )


def version_of(package):
    from importlib.metadata import version

    return version(package)


def xpysom(data, side, args):
    import numpy as np
    import xpysom as library

    x, *_ = load(args, data, "float32")

    def fit(passes=PASSES):
        som = library.XPySom(side, side, x.shape[1], sigma=side / 2, sigmaN=1, random_seed=SEED, xp=np)
        som.random_weights_init(x)
        som.train(x, passes)
        return som

    fit(1)
    timing, som = measure(fit, args.repeats)
    used = {"data": data, "radius": "side/2 to 1", "dtype": "float32"}
    return report(timing, np.asarray(som.get_weights()), x, PASSES, "XPySom (numpy)", version_of("XPySom"), **used)


def somoclu(data, side, args):
    import numpy as np
    import somoclu as library

    x, *_ = load(args, data, "float32")

    def fit(passes=PASSES):
        chosen = np.random.default_rng(SEED).integers(0, len(x), side * side)
        start = x[chosen].reshape(side * side, -1).copy()
        som = library.Somoclu(side, side, kerneltype=0, neighborhood="gaussian", initialcodebook=start, verbose=0)
        som.train(x, epochs=passes, radius0=side / 2, radiusN=1, scale0=1.0, scaleN=0.01)
        return som

    fit(1)
    timing, som = measure(fit, args.repeats)
    used = {"data": data, "radius": "side/2 to 1, linear, cut", "dtype": "float32"}
    weights = som.codebook.reshape(side, side, -1)
    return report(timing, weights, x, PASSES, "somoclu (C++)", version_of("somoclu"), **used)


def minisom(data, passes, args):
    import minisom as library

    x, *_ = load(args, data, "float64")
    side = 20

    def fit(steps=len(x) * passes):
        som = library.MiniSom(side, side, x.shape[1], sigma=side / 4, learning_rate=0.5, random_seed=SEED)
        som.random_weights_init(x)
        som.train(x, steps)
        return som

    fit(100)
    timing, som = measure(fit, args.repeats)
    used = {"data": data, "decay": "asymptotic", "dtype": "float64"}
    return report(timing, som.get_weights(), x, passes, "MiniSom", version_of("MiniSom"), **used)


def variants():
    for data in ("digits", "som10k"):
        for side in (20, 50):
            case = f"som-{data}-{side}-batch"
            yield Variant(case, "xpysom-f32", functools.partial(xpysom, data, side))
            yield Variant(case, "somoclu-f32", functools.partial(somoclu, data, side))
        passes = 10 if data == "digits" else 2
        yield Variant(f"som-{data}-20-online", "minisom-f64", functools.partial(minisom, data, passes))


if __name__ == "__main__":
    main(__doc__.splitlines()[0], list(variants()))
