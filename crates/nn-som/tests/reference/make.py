"""Writes maps.json: small maps trained by MiniSom (online, float64) and by somoclu (batch, float32), with samples and starts.

    python make.py > maps.json        (MiniSom 2.3.6, somoclu 1.7.6, numpy 2.4.6)

Units are told row by row, as nn-som counts them; MiniSom's first axis is the column. Its hexagonal grid shifts every second row
from the last by half a place to the left, so that with an odd number of rows the odd rows lie to the right, as ours do.
"""

import json

import minisom
import numpy as np
import somoclu


def numbers(array):
    return [float(f"{value:.15g}") for value in np.asarray(array).ravel()]


def samples(count, features, seed):
    return np.random.default_rng(seed).normal(size=(count, features)).round(2)


def online(columns, rows, topology="rectangular", distance="euclidean", decay="asymptotic_decay", sigma_decay="asymptotic_decay"):
    x, steps = samples(30, 3, 1), 75
    start = samples(columns * rows, 3, 2)
    som = minisom.MiniSom(
        columns, rows, 3, sigma=2.0, learning_rate=0.5, topology=topology, activation_distance=distance,
        decay_function=decay, sigma_decay_function=sigma_decay,
    )
    for unit, weights in enumerate(start):
        som._weights[unit % columns, unit // columns] = weights
    som.train(x, steps)
    trained = som.get_weights()
    measured = topology == "rectangular" and distance == "euclidean"
    return {
        "columns": columns,
        "rows": rows,
        "grid": topology,
        "distance": distance,
        "rate_decay": decay,
        "radius_decay": sigma_decay,
        "steps": steps,
        "x": numbers(x),
        "start": numbers(start),
        "weights": numbers([trained[unit % columns, unit // columns] for unit in range(columns * rows)]),
        "quantization_error": som.quantization_error(x) if distance == "euclidean" else None,
        "topographic_error": float(som.topographic_error(x)) if measured else None,
    }


def batch(columns, rows, surface, neighborhood, cut, epochs=5):
    x = samples(30, 3, 3).astype(np.float32)
    start = samples(columns * rows, 3, 4).astype(np.float32)
    som = somoclu.Somoclu(
        columns, rows, initialcodebook=start.copy(), kerneltype=0, maptype=surface, gridtype="rectangular",
        compactsupport=cut, neighborhood=neighborhood, std_coeff=1.0, verbose=0,
    )
    som.train(x, epochs=epochs, radius0=3, radiusN=1, radiuscooling="linear", scale0=1.0, scaleN=0.1)
    return {
        "columns": columns,
        "rows": rows,
        "surface": surface,
        "neighborhood": neighborhood,
        "cut": cut,
        "epochs": epochs,
        "x": numbers(x),
        "start": numbers(start),
        "weights": numbers(som.codebook.reshape(columns * rows, 3)),
    }


def main():
    maps = {
        "online": [
            online(4, 3),
            online(5, 1),
            online(4, 3, decay="linear_decay_to_zero", sigma_decay="linear_decay_to_one"),
            online(4, 3, decay="inverse_decay_to_zero", sigma_decay="inverse_decay_to_one"),
            online(4, 3, distance="manhattan"),
            online(4, 3, distance="cosine"),
            online(4, 5, topology="hexagonal"),
        ],
        "batch": [
            batch(4, 3, "planar", "gaussian", False),
            batch(4, 3, "planar", "gaussian", True),
            batch(4, 3, "planar", "bubble", True),
            batch(6, 4, "toroid", "gaussian", False),
            batch(6, 4, "toroid", "gaussian", True),
            batch(7, 1, "planar", "gaussian", False),
        ],
    }
    print(json.dumps(maps, indent=1))


if __name__ == "__main__":
    main()
