"""Cascade-correlation: FANN's cascade training, called through its shared library, on the two spirals.

194 points of Fahlman's file divided by 6.5, targets -1 and 1, a symmetric sigmoid for the output, ten seeds in a row. Training
is over where no output is further than 0.8 from its target (FANN halves the error of symmetric outputs, so its limit is 0.4,
which is Fahlman's threshold for targets that lie 1 apart), or at 60 hidden units. The clock holds making the network and
growing it. A presentation is a whole network.

Case: cascor-two-spirals (fann-80: the library's own 80 candidates, rprop; fann-8-quickprop: 8 symmetric sigmoids by quickprop,
as in the paper; fann-8-rprop).
"""

import ctypes
import ctypes.util
import math

from common import Variant, line, main, measure

SEEDS = range(1, 11)
MOST_UNITS = 60
# Numbers of FANN's enumerations.
RPROP, QUICKPROP = 2, 3
SIGMOID_SYMMETRIC = 5
ERROR_LINEAR, STOP_BIT = 0, 1


def library():
    name = ctypes.util.find_library("fann")
    if name is None:
        raise ImportError("libfann")
    fann = ctypes.CDLL(name)
    pointer = ctypes.c_void_p
    fann.fann_create_shortcut_array.restype = pointer
    fann.fann_create_train_from_callback.restype = pointer
    fann.fann_test_data.restype = ctypes.c_float
    return fann


def spirals():
    points = []
    for i in range(97):
        angle, radius = i * math.pi / 16, (104 - i) / 104
        for target in (1.0, -1.0):
            points.append((target * radius * math.sin(angle), target * radius * math.cos(angle), target))
    return points


def grown(fann, data, candidates, rule, seed):
    """A network that has grown, and its number of hidden units and of outputs that are not near enough."""
    layers = (ctypes.c_uint * 2)(2, 1)
    net = ctypes.c_void_p(fann.fann_create_shortcut_array(ctypes.c_uint(2), layers))
    ctypes.CDLL(None).srand(ctypes.c_uint(seed))
    number = ctypes.c_float
    fann.fann_randomize_weights(net, number(-1), number(1))
    fann.fann_set_train_error_function(net, ERROR_LINEAR)
    fann.fann_set_activation_function_output(net, SIGMOID_SYMMETRIC)
    fann.fann_set_activation_steepness_output(net, number(0.5))
    fann.fann_set_bit_fail_limit(net, number(0.4))
    fann.fann_set_train_stop_function(net, STOP_BIT)
    fann.fann_set_training_algorithm(net, rule)
    if candidates is not None:
        fann.fann_set_cascade_activation_functions(net, (ctypes.c_int * 1)(SIGMOID_SYMMETRIC), ctypes.c_uint(1))
        fann.fann_set_cascade_activation_steepnesses(net, (ctypes.c_float * 1)(0.5), ctypes.c_uint(1))
        fann.fann_set_cascade_num_candidate_groups(net, ctypes.c_uint(candidates))
    fann.fann_cascadetrain_on_data(net, data, ctypes.c_uint(MOST_UNITS), ctypes.c_uint(0), number(0))
    fann.fann_reset_MSE(net)
    fann.fann_test_data(net, data)
    wrong = fann.fann_get_bit_fail(net)
    units = fann.fann_get_total_neurons(net) - 4
    fann.fann_destroy(net)
    return units, wrong


def spirals_by(candidates, rule):
    def run(args):
        fann = library()
        points = spirals()

        def tell(place, _inputs, _outputs, inputs, outputs):
            inputs[0], inputs[1], outputs[0] = points[place]

        numbers = ctypes.POINTER(ctypes.c_float)
        told = ctypes.CFUNCTYPE(None, ctypes.c_uint, ctypes.c_uint, ctypes.c_uint, numbers, numbers)(tell)
        sizes = [ctypes.c_uint(size) for size in (len(points), 2, 1)]
        data = ctypes.c_void_p(fann.fann_create_train_from_callback(*sizes, told))
        timing, nets = measure(lambda: [grown(fann, data, candidates, rule, seed) for seed in SEEDS], args.repeats)
        solved = sum(wrong == 0 for _, wrong in nets) / len(nets)
        used = {"seeds": len(SEEDS), "units": sorted(units for units, _ in nets), "candidates": candidates or 80}
        return line(timing, len(nets), peer="FANN", version="2.2.0", metric="solved", value=solved, settings=used)

    return run


if __name__ == "__main__":
    variants = [("fann-80", None, RPROP), ("fann-8-quickprop", 8, QUICKPROP), ("fann-8-rprop", 8, RPROP)]
    cases = [Variant("cascor-two-spirals", name, spirals_by(candidates, rule)) for name, candidates, rule in variants]
    main(__doc__.splitlines()[0], cases)
