"""Makes the stored numbers that nn-core's metrics are compared with.

    python metrics.py            writes metrics.json beside this file
    python metrics.py --check    computes again and compares with the stored file, writes nothing

Needs numpy and scikit-learn; their versions are stored in the file. Labels, answers, probabilities and weights are
random, from one seed, and have few digits, so that scores are often equal and probabilities are 0 and 1 now and then.

    about, versions
    classes        [{classes, labels, predicted, probabilities, weights, plain: M, weighted: M}]
    scores         [{positive, scores, weights, plain: area, weighted: area}], one class against the rest
    values         [{outputs, predicted, values, weights, plain: M, weighted: M}]

Tables are lists of samples. M holds the measures by name, of the classes also the confusion as rows of the truth. The
last case of `classes` has a class that never occurs and is answered, one that is never answered, and one that is
nowhere. scikit-learn has no area for such data; there it is the mean of its areas of the classes that occur.
"""

import json
import sys
import warnings
from pathlib import Path

import numpy
import sklearn
from sklearn import metrics

FILE = Path(__file__).with_suffix(".json")


def measures_of_classes(classes, labels, predicted, probabilities, weights):
    every = list(range(classes))
    each = metrics.precision_recall_fscore_support(
        labels, predicted, labels=every, sample_weight=weights, zero_division=0)
    mean = metrics.precision_recall_fscore_support(
        labels, predicted, average="macro", sample_weight=weights, zero_division=0)
    occurring = sorted(set(labels))
    if classes == 2:
        area = metrics.roc_auc_score(labels, probabilities[:, 1], sample_weight=weights)
    elif occurring == every:
        area = metrics.roc_auc_score(labels, probabilities, multi_class="ovr", average="macro", sample_weight=weights)
    else:
        areas = [metrics.roc_auc_score(labels == c, probabilities[:, c], sample_weight=weights) for c in occurring]
        area = numpy.mean(areas)
    return {
        "confusion": metrics.confusion_matrix(labels, predicted, labels=every, sample_weight=weights).tolist(),
        "accuracy": metrics.accuracy_score(labels, predicted, sample_weight=weights),
        "balanced_accuracy": metrics.balanced_accuracy_score(labels, predicted, sample_weight=weights),
        "precision": each[0].tolist(),
        "recall": each[1].tolist(),
        "f1": each[2].tolist(),
        "support": each[3].tolist(),
        "macro_precision": mean[0],
        "macro_recall": mean[1],
        "macro_f1": mean[2],
        "roc_auc": area,
        "log_loss": metrics.log_loss(labels, probabilities, labels=every, sample_weight=weights),
    }


def measures_of_values(predicted, values, weights):
    return {
        "mae": metrics.mean_absolute_error(values, predicted, sample_weight=weights),
        # Of all numbers together; root_mean_squared_error takes the root for each output.
        "rmse": float(numpy.sqrt(metrics.mean_squared_error(values, predicted, sample_weight=weights))),
        "r2": metrics.r2_score(values, predicted, sample_weight=weights),
    }


def some_weights(random, samples):
    """Some of them 0."""
    return numpy.maximum(0, random.integers(-30, 300, samples)) / 100


def case_of_classes(random, classes, samples, occurring=None, answered=None):
    occurring = list(range(classes)) if occurring is None else occurring
    answered = list(range(classes)) if answered is None else answered
    labels = random.choice(occurring, samples)
    guesses = random.choice(answered, samples)
    predicted = numpy.where(numpy.isin(labels, answered) & (random.random(samples) < 0.4), labels, guesses)
    chances = random.dirichlet(numpy.full(classes, 0.7), samples)
    chances = 0.8 * chances + 0.2 * numpy.eye(classes)[labels]
    probabilities = numpy.array([random.multinomial(10, c) for c in chances]) / 10
    weights = some_weights(random, samples)
    # A class whose samples all weigh 0 would be there for scikit-learn and not for us.
    for c in set(labels) | set(predicted):
        assert weights[(labels == c) | (predicted == c)].sum() > 0
    given = (classes, labels, predicted, probabilities)
    return {
        "classes": classes,
        "labels": labels.tolist(),
        "predicted": predicted.tolist(),
        "probabilities": probabilities.tolist(),
        "weights": weights.tolist(),
        "plain": measures_of_classes(*given, None),
        "weighted": measures_of_classes(*given, weights),
    }


def case_of_scores(random, samples):
    positive = random.random(samples) < 0.4
    scores = (random.integers(-6, 5, samples) + 2 * positive) / 4
    weights = some_weights(random, samples)
    return {
        "positive": positive.tolist(),
        "scores": scores.tolist(),
        "weights": weights.tolist(),
        "plain": metrics.roc_auc_score(positive, scores),
        "weighted": metrics.roc_auc_score(positive, scores, sample_weight=weights),
    }


def case_of_values(random, outputs, samples):
    values = numpy.round(random.normal(3, 2, (samples, outputs)), 2)
    predicted = numpy.round(values + random.normal(0.1, 1, values.shape), 2)
    weights = some_weights(random, samples)
    return {
        "outputs": outputs,
        "predicted": predicted.tolist(),
        "values": values.tolist(),
        "weights": weights.tolist(),
        "plain": measures_of_values(predicted, values, None),
        "weighted": measures_of_values(predicted, values, weights),
    }


def main():
    # It warns of classes that do not occur, which is what the last case is for.
    warnings.simplefilter("ignore")
    random = numpy.random.default_rng(1)
    made = {
        "about": "made by metrics.py, which says what all this is",
        "versions": {"numpy": numpy.__version__, "scikit-learn": sklearn.__version__},
        "classes": [
            case_of_classes(random, 2, 25),
            case_of_classes(random, 3, 30),
            case_of_classes(random, 5, 60),
            case_of_classes(random, 5, 40, occurring=[0, 2, 3], answered=[0, 1, 3]),
        ],
        "scores": [case_of_scores(random, samples) for samples in (10, 60)],
        "values": [case_of_values(random, outputs, 20) for outputs in (1, 3)],
    }
    # A list a line would be a line a number.
    text = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in made.items())
    text = "{\n" + text.replace("}, {", "},\n{") + "\n}\n"
    if "--check" in sys.argv:
        same = json.loads(text) == json.loads(FILE.read_text())
        sys.exit(None if same else "the stored numbers are others")
    FILE.write_text(text)


if __name__ == "__main__":
    main()
