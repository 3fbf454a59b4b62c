"""LeNet-5 in PyTorch and onnxruntime: training by mini-batch, inference of one image and of 256.

Images of 28 x 28 are laid into 32 x 32 and scaled to -0.1 .. 1.175. Six maps by 5 x 5, mean of 2 x 2, sixteen maps by 5 x 5
(all joined), mean of 2 x 2, 120 units, 84 units, ten outputs; tanh after each but the means and the last; softmax
cross-entropy; 61,706 parameters. Trainable sampling, the paper's table of connections and RBF outputs are left out on all
sides.

Cases:

    lenet5-train        mnist10k, batches of 64, a new order each epoch, SGD with rate 0.05 and momentum 0.9, 2 epochs,
                        Glorot's uniform start, biases 0. The clock holds making the net and all epochs.
    lenet5-predict-one  one test image at a time, the images taken in turn: `microseconds` a call
    lenet5-predict-256  the same 256 test images in one call

For inference the net is trained for one epoch first, off the clock. onnxruntime is given that net; both give back the last
sums.
"""

import contextlib
import functools

from common import Variant, line, load, main, measure, measure_calls

DATA = "mnist10k"
BATCH = 64
LEARNING_RATE = 0.05
MOMENTUM = 0.9
EPOCHS = 2
WARM_ROWS = 640
SEED = 0


def settings(epochs, **changed):
    return {
        "data": DATA,
        "net": "LeNet-5, tanh, mean pooling, 61,706 parameters",
        "batch": BATCH,
        "epochs": epochs,
        "learning_rate": LEARNING_RATE,
        "momentum": MOMENTUM,
        "loss": "softmax cross-entropy",
        "init": "glorot uniform, biases 0",
        "shuffle": True,
        "dtype": "float32",
    } | changed


def images(x):
    """Rows of 784 numbers between 0 and 1 as images of 32 x 32."""
    import numpy as np

    framed = np.full((len(x), 1, 32, 32), -0.1, np.float32)
    framed[:, 0, 2:30, 2:30] = x.reshape(-1, 28, 28) * 1.275 - 0.1
    return framed


class Torch:
    """The net of PyTorch's with its data, ready to be trained or asked."""

    peer = "PyTorch (eager)"

    def __init__(self, args):
        import torch

        torch.set_num_threads(args.threads)
        torch.set_num_interop_threads(1)
        self.torch, self.version, self.threads = torch, torch.__version__, args.threads
        x, y, test_x, test_y = load(args, DATA, "float32")
        self.x, self.test_x = (torch.from_numpy(images(a)) for a in (x, test_x))
        self.y, self.test_y = torch.from_numpy(y), torch.from_numpy(test_y)

    def fit(self, epochs, rows=None):
        torch, x, y = self.torch, self.x[:rows], self.y[:rows]
        torch.manual_seed(SEED)
        model = self.build()
        optimizer = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE, momentum=MOMENTUM)
        for _ in range(epochs):
            for chosen in torch.randperm(len(x)).split(BATCH):
                optimizer.zero_grad()
                torch.nn.functional.cross_entropy(model(x[chosen]), y[chosen]).backward()
                optimizer.step()
        return model

    def build(self):
        nn = self.torch.nn
        model = nn.Sequential(
            nn.Conv2d(1, 6, 5), nn.Tanh(), nn.AvgPool2d(2),
            nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2),
            nn.Flatten(), nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10),
        )
        for layer in model:
            if hasattr(layer, "weight"):
                nn.init.xavier_uniform_(layer.weight)
                nn.init.zeros_(layer.bias)
        return model

    def accuracy(self, model):
        with self.torch.inference_mode():
            return (model(self.test_x).argmax(dim=1) == self.test_y).double().mean().item()

    def asker(self, model):
        return model, self.torch.inference_mode(), self.test_x


class Onnx(Torch):
    """That net in onnxruntime."""

    def asker(self, model):
        import onnx
        import onnxruntime
        from onnx import TensorProto, helper, numpy_helper

        nodes, current = [], "x"

        def add(kind, weights=(), **attributes):
            nonlocal current
            nodes.append(helper.make_node(kind, [current, *weights], [f"t{len(nodes)}"], **attributes))
            current = f"t{len(nodes) - 1}"

        for layer in ("0", "3"):
            add("Conv", (f"{layer}.weight", f"{layer}.bias"), kernel_shape=[5, 5])
            add("Tanh")
            add("AveragePool", kernel_shape=[2, 2], strides=[2, 2])
        add("Flatten", axis=1)
        for layer in ("7", "9", "11"):
            add("Gemm", (f"{layer}.weight", f"{layer}.bias"), transB=1)
            if layer != "11":
                add("Tanh")
        weights = [numpy_helper.from_array(value.numpy(), name) for name, value in model.state_dict().items()]
        inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 1, 32, 32])]
        outputs = [helper.make_tensor_value_info(current, TensorProto.FLOAT, ["n", 10])]
        graph = helper.make_graph(nodes, "lenet5", inputs, outputs, weights)
        made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
        made.ir_version = 8
        onnx.checker.check_model(made)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = self.threads, 1
        session = onnxruntime.InferenceSession(made.SerializeToString(), options, providers=["CPUExecutionProvider"])
        self.peer, self.version = "onnxruntime", onnxruntime.__version__
        return lambda x: session.run(None, {"x": x}), contextlib.nullcontext(), self.test_x.numpy()


# ---- cases ------------------------------------------------------------------------------------------------


def train(args, side):
    side.fit(1, WARM_ROWS)
    timing, model = measure(lambda: side.fit(EPOCHS), args.repeats)
    return report(side, model, timing, len(side.x) * EPOCHS, settings(EPOCHS))


def predict_one(args, side):
    model = side.fit(1)
    ask, context, images = side.asker(model)
    rows = [images[i : i + 1] for i in range(256)]
    turn = 0

    def call():
        nonlocal turn
        ask(rows[turn])
        turn = (turn + 1) % len(rows)

    with context:
        timing, calls = measure_calls(call, args.repeats)
    extra = {"calls": calls, "microseconds": round(timing.seconds / calls * 1e6, 3)}
    return report(side, model, timing, calls, settings(1, rows=1), **extra)


def predict_256(args, side):
    model = side.fit(1)
    ask, context, images = side.asker(model)
    batch = images[:256]
    with context:
        timing, calls = measure_calls(lambda: ask(batch), args.repeats)
    return report(side, model, timing, calls * 256, settings(1, rows=256), calls=calls)


def report(side, model, timing, presentations, used, **extra):
    return line(
        timing,
        presentations,
        peer=side.peer,
        version=side.version,
        metric="test_accuracy",
        value=side.accuracy(model),
        settings=used,
        **extra,
    )


def run(case, side, args):
    return case(args, side(args))


def variants():
    plan = [("train", train, {"torch-f32": Torch})]
    both = {"torch-f32": Torch, "onnxruntime-f32": Onnx}
    plan += [("predict-one", predict_one, both), ("predict-256", predict_256, both)]
    for what, case, sides in plan:
        for name, side in sides.items():
            yield Variant(f"lenet5-{what}", name, functools.partial(run, case, side))


if __name__ == "__main__":
    main(__doc__.splitlines()[0], list(variants()))
