"""The big multilayer perceptron of burn, a framework in Rust: the cases of `mlp.py`, by the program in the folder `burn`.

Before, once:

    cargo build --release --manifest-path bench/peers/burn/Cargo.toml

It is compiled as its users' programs are, for any processor of the kind; its products choose at run time what they use.
"""

import resource
import subprocess
import tempfile
from pathlib import Path

from common import Timing, Variant, line, load, main
from mlp import settings

PROGRAM = Path(__file__).parent / "burn" / "target" / "release" / "burn-peer"
VERSION = "0.22.0"


def measured(args, case):
    if not PROGRAM.exists():
        raise ImportError("its program is not built; burn.py says how")
    x, y, test_x, test_y = load(args, "mnist10k")
    with tempfile.TemporaryDirectory() as folder:
        for name, samples, labels in (("train", x, y), ("test", test_x, test_y)):
            samples.astype("<f4").tofile(Path(folder) / f"{name}.x")
            labels.astype("<i4").tofile(Path(folder) / f"{name}.y")
        command = [PROGRAM, folder, case, str(args.repeats)]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    wall, presentations, accuracy = done.stdout.splitlines()
    wall = [float(second) for second in wall.split()]
    timing = Timing(wall, [0.0] * len(wall))
    fields = line(
        timing,
        int(presentations),
        peer="burn (flex)",
        version=VERSION,
        metric="test_accuracy",
        value=accuracy,
        settings=settings("big", "float32", epochs=5 if case.endswith("train") else 1),
        process_cpu_seconds=round(after.ru_utime - before.ru_utime, 3),
    )
    # What of the processor's time belongs to which repeat is not told.
    del fields["cpu_seconds"], fields["cpu_seconds_all"]
    if case.endswith("one"):
        fields["microseconds"] = 1e6 / fields["samples_per_s"]
    return fields


def variant(case):
    return Variant(case, "burn-f32", lambda args: measured(args, case))


if __name__ == "__main__":
    main(__doc__, [variant(f"mlp-big-{case}") for case in ("train", "predict-one", "predict-all")])
