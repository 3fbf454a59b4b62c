"""A deep belief net of 784-500-500-2000-10 units, written in PyTorch, on ten thousand images.

Each machine learns for one epoch by CD-1: batches of 100, rate 0.05 on the mean gradient of a batch, neither momentum nor decay, hidden
units sampled and all else probabilities; the machine above reads the probabilities of the one below. Then the net of sigmoids with
an output layer on top learns by back-propagation for one epoch: cross-entropy, batches of 100, rate 0.1, momentum 0.9. The clock
holds all of it. Samples are the images of all four epochs.

Case: dbn-784-500-500-2000.
"""

from common import Variant, line, load, main, measure

SIZES = [784, 500, 500, 2000]
BATCH = 100
PRETRAINING_RATE = 0.05
RATE = 0.1


def machine(torch, x, hidden):
    count, visible = x.shape
    weights = torch.randn(hidden, visible) * 0.01
    visible_bias, hidden_bias = torch.zeros(visible), torch.zeros(hidden)
    order = torch.randperm(count)
    for start in range(0, count, BATCH):
        v = x[order[start : start + BATCH]]
        first = torch.sigmoid(torch.addmm(hidden_bias, v, weights.t()))
        told = torch.sigmoid(torch.addmm(visible_bias, torch.bernoulli(first), weights))
        p = torch.sigmoid(torch.addmm(hidden_bias, told, weights.t()))
        rate = PRETRAINING_RATE / len(v)
        weights.addmm_(first.t(), v, alpha=rate).addmm_(p.t(), told, alpha=-rate)
        visible_bias.add_((v - told).sum(0), alpha=rate)
        hidden_bias.add_((first - p).sum(0), alpha=rate)
    return weights, hidden_bias


def fit(torch, x, labels):
    nn = torch.nn
    torch.manual_seed(0)
    layers, read = [], x
    for visible, hidden in zip(SIZES, SIZES[1:]):
        layer = nn.Linear(visible, hidden)
        with torch.no_grad():
            weights, bias = machine(torch, read, hidden)
            layer.weight.copy_(weights)
            layer.bias.copy_(bias)
            read = torch.sigmoid(torch.addmm(bias, read, weights.t()))
        layers += [layer, nn.Sigmoid()]
    output = nn.Linear(SIZES[-1], 10)
    nn.init.xavier_uniform_(output.weight)
    nn.init.zeros_(output.bias)
    net = nn.Sequential(*layers, output)
    rule = torch.optim.SGD(net.parameters(), lr=RATE, momentum=0.9)
    judge = nn.CrossEntropyLoss()
    order = torch.randperm(len(x))
    for start in range(0, len(x), BATCH):
        rows = order[start : start + BATCH]
        rule.zero_grad(set_to_none=True)
        judge(net(x[rows]), labels[rows]).backward()
        rule.step()
    return net


def pytorch(args):
    import torch

    torch.set_num_threads(args.threads)
    x, labels, test, truth = [torch.from_numpy(part) for part in load(args, "mnist10k", "float32")]
    labels, truth = labels.long(), truth.long()
    fit(torch, x[:500], labels[:500])
    timing, net = measure(lambda: fit(torch, x, labels), args.repeats)
    with torch.inference_mode():
        accuracy = (net(test).argmax(1) == truth).float().mean().item()
    settings = {
        "layers": "784-500-500-2000-10",
        "batch": BATCH,
        "epochs": "1 a layer, 1 of fine-tuning",
        "learning_rate": PRETRAINING_RATE,
        "fine_tuning_rate": RATE,
        "dtype": "float32",
    }
    return line(
        timing, 4 * len(x), peer="torch", version=torch.__version__, metric="accuracy", value=accuracy, settings=settings
    )


main(__doc__, [Variant("dbn-784-500-500-2000", "torch-f32", pytorch)])
