"""Makes the stored numbers that this crate's multilayer perceptron is compared with.

    python make.py            writes mlp_3_4_3.json and mlp_5_6_4_3.json beside this file
    python make.py --check    computes again and compares with the stored files, writes nothing

Needs numpy, torch and scikit-learn; their versions are stored in the files, so look there for the ones
that made the present numbers. Everything is float64, and every step sees the whole batch in the stored order.

The tasks
---------
A net is a row of dense layers with one activation between them and none after the last: the last sums go
straight into the loss. Two losses, each a mean over the samples of the batch (m samples):

    cross_entropy   (1/m) sum_k -ln softmax(z_k)[label_k]
    squared_error   (1/m) sum_k 1/2 sum_j (z_kj - t_kj)^2

Four rules, g the gradient, constant rates, no weight decay:

    sgd        w -= eta g                                                     eta 0.1
    momentum   v = mu v + g;  w -= eta v                                      eta 0.1, mu 0.9
    nesterov   v = mu v + g;  w -= eta (g + mu v)                             eta 0.1, mu 0.9
    adam       m = b1 m + (1 - b1) g;  s = b2 s + (1 - b2) g^2;               eta 0.01, b1 0.9, b2 0.999
               w -= eta (m / (1 - b1^t)) / (sqrt(s / (1 - b2^t)) + eps)       eps 1e-8

The files
---------
A vector of parameters (or of their gradient) is one flat list: layer by layer the weights, [outputs, inputs]
row-major, then the biases. `spans` names the pieces. The small net has all 2 x 3 x 4 combinations, the deeper
one three of them, one for each activation.

    about, versions, tolerance
    sizes          inputs, hidden layers, outputs
    spans          [{name, start, shape}]
    start          the parameters before the first step
    x              [samples][inputs]
    labels         [samples], for cross_entropy
    targets        [samples][outputs], for squared_error
    cases          [{activation, loss, gradient (at the start), runs: [
                       {rule, torch: R, sklearn: R}]}]
    R              losses:     by number of steps done: of torch 0..10 (11 numbers), of sklearn 0, 1, 10
                   theta_1, theta_10:        parameters after 1 and 10 steps
                   gradient_1, gradient_10:  gradient at these parameters (torch only)

Where scikit-learn differs, and what is done about it
-----------------------------------------------------
- Its squared error is divided by the number of outputs too, but its gradient is not: the losses stored here
  are its own times the number of outputs, so that they are the loss that is really descended.
- Its Adam adds eps to the root of the uncorrected second moment (the second form in Kingma and Ba, sec. 2),
  so with the same eps its steps are slightly smaller. Its numbers are stored as they come; compare them
  with `tolerance.sklearn_adam`, or use torch's. That eps is the whole difference is checked below: with eps
  next to nothing in both, the two agree as closely as for the other rules.
- It keeps weights as [inputs, outputs]; they are turned here.
- Its two-class nets have a single logistic output, hence three classes throughout.
"""

import argparse
import functools
import json
import pathlib
import warnings

import numpy as np
import sklearn
import torch
from sklearn.neural_network import MLPClassifier, MLPRegressor

HERE = pathlib.Path(__file__).resolve().parent
STEPS = 10
STORED = (1, 10)
SAMPLES = 12

RULES = {
    "sgd": {"learning_rate": 0.1},
    "momentum": {"learning_rate": 0.1, "momentum": 0.9},
    "nesterov": {"learning_rate": 0.1, "momentum": 0.9},
    "adam": {"learning_rate": 0.01, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-8},
}
ACTIVATIONS = ("sigmoid", "tanh", "relu")
LOSSES = ("cross_entropy", "squared_error")

NETS = {
    "mlp_3_4_3": {
        "sizes": [3, 4, 3],
        "seed": 1,
        "cases": [(a, loss, list(RULES)) for loss in LOSSES for a in ACTIVATIONS],
    },
    "mlp_5_6_4_3": {
        "sizes": [5, 6, 4, 3],
        "seed": 2,
        "cases": [
            ("sigmoid", "cross_entropy", ["nesterov"]),
            ("tanh", "squared_error", ["adam"]),
            ("relu", "cross_entropy", ["momentum"]),
        ],
    },
}

# How far two correct programs may lie apart, as |a - b| <= tolerance * max(1, |b|).
# Adam's two places for eps part by about eta eps / (sqrt(1 - b2) |g|) in the first step: 1e-5 where |g| is 3e-4.
SAME = 1e-12
SKLEARN_ADAM = 1e-4
# A sum this close to the kink of relu could fall on either side by rounding alone.
KINK = 1e-6


def make_task(sizes, seed):
    """Start and data from numpy's PCG64, rounded to three decimals so that the file is short and exact."""
    rng = np.random.default_rng(seed)
    layers = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        bound = np.sqrt(6 / (inputs + outputs))
        weight = rng.uniform(-bound, bound, (outputs, inputs)).round(3)
        bias = rng.uniform(-0.5, 0.5, outputs).round(3)
        layers.append((weight, bias))
    x = rng.normal(size=(SAMPLES, sizes[0])).round(3)
    labels = rng.permutation(np.arange(SAMPLES) % sizes[-1])
    targets = rng.normal(size=(SAMPLES, sizes[-1])).round(3)
    return layers, x, labels, targets


def flatten(layers):
    return np.concatenate([part.ravel() for layer in layers for part in layer])


def spans(sizes):
    out, start = [], 0
    for number, (inputs, outputs) in enumerate(zip(sizes, sizes[1:])):
        for name, shape in (("weight", [outputs, inputs]), ("bias", [outputs])):
            out.append({"name": f"{number}.{name}", "start": start, "shape": shape})
            start += int(np.prod(shape))
    return out


# ---- PyTorch ----------------------------------------------------------------------------------------------


def torch_run(task, activation, loss, rule, **other):
    """Trains by torch.optim; returns the record R of the docstring and the gradient at the start."""
    layers, x, labels, targets = task
    theta = [torch.tensor(part, dtype=torch.float64, requires_grad=True) for layer in layers for part in layer]
    x = torch.tensor(x, dtype=torch.float64)
    squash = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu}[activation]
    nearest_kink = np.inf

    def evaluate():
        nonlocal nearest_kink
        h = x
        for i in range(0, len(theta), 2):
            z = torch.nn.functional.linear(h, theta[i], theta[i + 1])
            if i + 2 < len(theta):
                nearest_kink = min(nearest_kink, z.detach().abs().min().item())
                h = squash(z)
        if loss == "cross_entropy":
            return torch.nn.functional.cross_entropy(z, torch.tensor(labels))
        return ((z - torch.tensor(targets, dtype=torch.float64)) ** 2).sum(dim=1).mul(0.5).mean()

    numbers = RULES[rule] | other
    if rule == "adam":
        optimizer = torch.optim.Adam(
            theta,
            lr=numbers["learning_rate"],
            betas=(numbers["beta_1"], numbers["beta_2"]),
            eps=numbers["epsilon"],
        )
    else:
        optimizer = torch.optim.SGD(
            theta,
            lr=numbers["learning_rate"],
            momentum=numbers.get("momentum", 0.0),
            nesterov=rule == "nesterov",
        )

    def flat(tensors):
        return np.concatenate([t.detach().numpy().ravel() for t in tensors])

    record, first_gradient = {"losses": []}, None
    for done in range(STEPS + 1):
        optimizer.zero_grad()
        value = evaluate()
        value.backward()
        gradient = flat([t.grad for t in theta])
        record["losses"].append(value.item())
        if done == 0:
            first_gradient = gradient
        if done in STORED:
            record[f"theta_{done}"] = flat(theta)
            record[f"gradient_{done}"] = gradient
        optimizer.step()
    if activation == "relu" and nearest_kink < KINK:
        raise SystemExit(f"a sum comes within {nearest_kink:.1e} of relu's kink: take another seed")
    return record, first_gradient


# ---- scikit-learn -----------------------------------------------------------------------------------------


def sklearn_run(task, activation, loss, rule, **other):
    """Trains by `partial_fit`, one full-batch step a call, from the given start."""
    layers, x, labels, targets = task
    numbers = RULES[rule] | other
    settings = {
        "hidden_layer_sizes": [len(bias) for _, bias in layers[:-1]],
        "activation": "logistic" if activation == "sigmoid" else activation,
        "alpha": 0.0,
        "batch_size": len(x),
        "shuffle": False,
        "learning_rate": "constant",
        "learning_rate_init": numbers["learning_rate"],
        "random_state": 0,
    }
    if rule == "adam":
        settings |= {"solver": "adam"} | {k: numbers[k] for k in ("beta_1", "beta_2", "epsilon")}
    else:
        settings |= {
            "solver": "sgd",
            "momentum": numbers.get("momentum", 0.0),
            "nesterovs_momentum": rule == "nesterov",
        }
    if loss == "cross_entropy":
        model, y, scale = MLPClassifier(**settings), labels, 1
        step = functools.partial(model.partial_fit, x, y, classes=np.arange(len(layers[-1][1])))
    else:
        model, y, scale = MLPRegressor(**settings), targets, targets.shape[1]
        step = functools.partial(model.partial_fit, x, y)

    # The first call makes the arrays; then the start is put in and the optimiser forgotten, so that the
    # next call makes a fresh one.
    step()
    for coef, intercept, (weight, bias) in zip(model.coefs_, model.intercepts_, layers):
        coef[...] = weight.T
        intercept[...] = bias
    del model._optimizer
    model.t_ = 0

    losses, record = [], {}
    for done in range(STEPS + 1):
        if done in STORED:
            record[f"theta_{done}"] = flatten([(c.T, b) for c, b in zip(model.coefs_, model.intercepts_)])
        step()  # its loss_ is the one before the step
        losses.append(float(model.loss_) * scale)
    assert all(c.dtype == np.float64 for c in model.coefs_ + model.intercepts_)
    if loss == "cross_entropy":
        assert model.out_activation_ == "softmax"
    else:
        assert model.out_activation_ == "identity"
    return {"losses": [losses[0], losses[1], losses[10]]} | record


# ---- both -------------------------------------------------------------------------------------------------


def distance(a, b):
    a, b = np.asarray(a), np.asarray(b)
    return float(np.max(np.abs(a - b) / np.maximum(1.0, np.abs(b))))


def compare(name, by_torch, by_sklearn, allowed):
    """Stops if the two libraries disagree; returns how far apart they are."""
    gaps = [distance(by_sklearn["losses"], [by_torch["losses"][i] for i in (0, 1, 10)])]
    gaps += [distance(by_sklearn[key], by_torch[key]) for key in ("theta_1", "theta_10")]
    if not max(gaps) <= allowed:
        raise SystemExit(f"{name}: torch and scikit-learn are {max(gaps):.1e} apart, allowed {allowed:.0e}")
    return max(gaps)


def check_gradient(name, task, activation, loss, gradient):
    """Scikit-learn's own gradient at the start, read off one plain step: g = (w0 - w1) / eta."""
    after = sklearn_run(task, activation, loss, "sgd")["theta_1"]
    gap = distance((flatten(task[0]) - after) / RULES["sgd"]["learning_rate"], gradient)
    if not gap <= SAME:
        raise SystemExit(f"{name}: gradients at the start are {gap:.1e} apart")


def build(net):
    task = make_task(net["sizes"], net["seed"])
    layers, x, labels, targets = task
    cases = []
    for activation, loss, rules in net["cases"]:
        runs, start_gradient = [], None
        for rule in rules:
            name = f"{net['sizes']} {activation} {loss} {rule}"
            by_torch, start_gradient = torch_run(task, activation, loss, rule)
            by_sklearn = sklearn_run(task, activation, loss, rule)
            gap = compare(name, by_torch, by_sklearn, SKLEARN_ADAM if rule == "adam" else SAME)
            if rule == "adam":
                free = [run(task, activation, loss, rule, epsilon=1e-30) for run in (torch_run, sklearn_run)]
                gap_free = compare(name + " without eps", free[0][0], free[1], SAME)
                name += f" (without eps {gap_free:.0e})"
            print(f"{name:62s} loss {by_torch['losses'][0]:.4f} -> {by_torch['losses'][-1]:.4f}   apart {gap:.1e}")
            runs.append({"rule": rule, "torch": by_torch, "sklearn": by_sklearn})
        check_gradient(name, task, activation, loss, start_gradient)
        cases.append({"activation": activation, "loss": loss, "gradient": start_gradient, "runs": runs})
    return {
        "about": "float64, full batch, stored order; made by make.py, which says what each field is",
        "versions": {"torch": torch.__version__, "scikit-learn": sklearn.__version__, "numpy": np.__version__},
        "tolerance": {"same": SAME, "sklearn_adam": SKLEARN_ADAM},
        "sizes": net["sizes"],
        "spans": spans(net["sizes"]),
        "rules": RULES,
        "start": flatten(layers),
        "x": x,
        "labels": labels,
        "targets": targets,
        "cases": cases,
    }


def plain(value):
    """numpy to lists: `json` then writes each float by `repr`, which reads back to the same bits."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return value


def dump(value, indent=0):
    """JSON with a line for each innermost list or small object: diffs stay readable, the file small."""
    pad = " " * (indent + 1)
    if isinstance(value, dict) and any(isinstance(v, (dict, list)) for v in value.values()):
        inner = ",\n".join(f"{pad}{json.dumps(k)}: {dump(v, indent + 1)}" for k, v in value.items())
        return "{\n" + inner + "\n" + " " * indent + "}"
    if isinstance(value, list) and any(isinstance(v, (dict, list)) for v in value):
        return "[\n" + ",\n".join(pad + dump(v, indent + 1) for v in value) + "\n" + " " * indent + "]"
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def furthest(new, old):
    """Largest distance between two trees of one shape, versions aside."""
    if isinstance(new, dict):
        assert new.keys() == old.keys(), f"keys differ: {new.keys() ^ old.keys()}"
        return max((furthest(new[k], old[k]) for k in new if k != "versions"), default=0.0)
    if isinstance(new, list):
        assert len(new) == len(old)
        return max((furthest(a, b) for a, b in zip(new, old)), default=0.0)
    if isinstance(new, (int, float)):
        return distance(new, old)
    assert new == old, f"{new!r} is not {old!r}"
    return 0.0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with the stored files, write nothing")
    check = parser.parse_args().check
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore", category=sklearn.exceptions.ConvergenceWarning)
    for name, net in NETS.items():
        path = HERE / f"{name}.json"
        made = plain(build(net))
        if check:
            gap = furthest(made, json.loads(path.read_text()))
            print(f"{path.name}: at most {gap:.1e} from what is stored")
            if not gap <= SAME:
                raise SystemExit(1)
        else:
            path.write_text(dump(made) + "\n")
            assert furthest(made, json.loads(path.read_text())) == 0.0
            print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
