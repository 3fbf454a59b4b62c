"""What every case script of this folder shares: the command line, one process a variant, the clock, the JSON line.

A script makes a list of `Variant` and hands it to `main`. Called by a user or by `cargo xtask bench`, `main` only
starts children: itself again with `--child NUMBER`, one after the other, so that every variant has its own memory,
its own pool of threads and its own import. Numerical libraries read their number of threads when they are
loaded, so the parent, which loads none, puts it into the environment of the child.

The parent prints one line of JSON a variant, and its exit code is 0 even if a variant could not run: then the line
has "error" in place of the figures. Fields, all times in seconds:

    case, variant, peer, version, threads
    seconds             median of seconds_all: wall clock of the timed block, once for each repeat
    cpu_seconds         processor time of all threads of the process in the repeat that gave `seconds`, or the
                        mean of the middle two; cpu_seconds_all. At one thread, wall much above cpu means that
                        another process had the core: measure again. (What a virtual machine's host takes
                        away can be in both.)
    samples_per_s       sample presentations a second (rows x passes / seconds)
    metric, value       how good the result is
    settings            what was run
    pools               threads of each numerical pool, as found afterwards
    load                one-minute load average of the machine, afterwards
    peak_mb             largest resident memory of the process
and what a case adds.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Callable, NamedTuple

# Everything that may start threads of its own, here or in a library that is added later.
THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "RAYON_NUM_THREADS",
    "LOKY_MAX_CPU_COUNT",
)
# These change which kernels OpenBLAS picks: a peer is measured as its users get it.
REMOVED_VARIABLES = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")


class Variant(NamedTuple):
    """One measured thing: `run` gets the arguments and returns the fields of its line."""

    case: str
    name: str
    run: Callable[[argparse.Namespace], dict]


class Timing(NamedTuple):
    wall: list
    cpu: list

    @property
    def seconds(self):
        return statistics.median(self.wall)


def arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--data-dir", type=Path, required=True, help="folder of NAME_x.npy, NAME_y.npy, NAME_test_...")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=3, help="timed repeats of a variant, the median counts")
    parser.add_argument("--only", default="", help="run variants whose `case/variant` contains this")
    parser.add_argument("--timeout", type=float, default=300.0, help="seconds a variant may take")
    parser.add_argument("--list", action="store_true", help="print `case/variant` lines and stop")
    parser.add_argument("--child", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.threads < 1 or args.repeats < 1:
        parser.error("--threads and --repeats must be at least 1")
    return args


def main(description, variants):
    args = arguments(description)
    if args.child is not None:
        print(json.dumps(child(variants[args.child], args)), flush=True)
        return
    for number, variant in enumerate(variants):
        label = f"{variant.case}/{variant.name}"
        if args.only not in label:
            continue
        if args.list:
            print(label)
        else:
            print(json.dumps(in_fresh_process(number, variant, args)), flush=True)


# ---- parent -----------------------------------------------------------------------------------------------


def in_fresh_process(number, variant, args):
    environment = {k: v for k, v in os.environ.items() if k not in REMOVED_VARIABLES}
    environment.update({name: str(args.threads) for name in THREAD_VARIABLES})
    command = [sys.executable, sys.argv[0], "--child", str(number)]
    command += ["--data-dir", str(args.data_dir), "--threads", str(args.threads), "--repeats", str(args.repeats)]
    head = {"case": variant.case, "variant": variant.name, "threads": args.threads}
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=args.timeout)
    except subprocess.TimeoutExpired:
        return head | {"error": f"not done after {args.timeout:g} s"}
    for line in reversed(done.stdout.splitlines()):
        if line.startswith("{"):
            return json.loads(line)
    complaint = (done.stderr.strip().splitlines() or ["no output"])[-1]
    return head | {"error": f"exit code {done.returncode}: {complaint}"}


# ---- child ------------------------------------------------------------------------------------------------


def child(variant, args):
    head = {"case": variant.case, "variant": variant.name, "threads": args.threads}
    try:
        fields = variant.run(args)
    except ImportError as error:
        return head | {"error": f"absent: {error}"}
    except Exception as error:  # the line is the report: whatever went wrong belongs into it
        return head | {"error": f"{type(error).__name__}: {error}"}
    return head | fields | {"pools": pools(), "load": round(os.getloadavg()[0], 2), "peak_mb": peak_mb()}


def measure(block, repeats):
    """Times `block()` that many times; returns the timing and what the last call gave back."""
    wall, cpu, result = [], [], None
    for _ in range(repeats):
        result = None  # what the last repeat left is freed before the clock starts
        cpu_start, start = time.process_time(), time.perf_counter()
        result = block()
        wall.append(time.perf_counter() - start)
        cpu.append(time.process_time() - cpu_start)
    return Timing(wall, cpu), result


def measure_calls(call, repeats, at_least=0.2):
    """As `measure`, for a call too short for the clock: a repeat is as many calls as fill `at_least` seconds."""
    calls, spent = 1, 0.0
    while True:
        start = time.perf_counter()
        for _ in range(calls):
            call()
        spent = time.perf_counter() - start
        if spent >= at_least / 4:
            break
        calls *= 2
    calls = max(1, round(calls * at_least / spent))

    def block():
        for _ in range(calls):
            call()

    return measure(block, repeats)[0], calls


def line(timing, presentations, *, peer, version, metric, value, settings, **extra):
    """The fields of a measured variant; `presentations` is the number of samples gone through in `seconds`."""
    middle = sorted(range(len(timing.wall)), key=timing.wall.__getitem__)
    middle = middle[(len(middle) - 1) // 2 : len(middle) // 2 + 1]
    return {
        "peer": peer,
        "version": version,
        "seconds": round(timing.seconds, 6),
        "seconds_all": [round(s, 6) for s in timing.wall],
        "cpu_seconds": round(statistics.mean(timing.cpu[i] for i in middle), 6),
        "cpu_seconds_all": [round(s, 6) for s in timing.cpu],
        "samples_per_s": round(presentations / timing.seconds, 1),
        "metric": metric,
        "value": round(float(value), 6),
        "settings": settings,
        **extra,
    }


def pools():
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return None
    found = {pool["prefix"]: pool["num_threads"] for pool in threadpool_info()}
    if "torch" in sys.modules:
        found["torch"] = sys.modules["torch"].get_num_threads()
    return found


def peak_mb():
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def load(args, name, dtype="float32"):
    """(x, y, test x, test y) of a data set: x samples x features, y class numbers."""
    import numpy as np

    parts = [np.load(args.data_dir / f"{name}{part}.npy") for part in ("_x", "_y", "_test_x", "_test_y")]
    x, y, test_x, test_y = parts
    if x.ndim != 2 or x.shape[1] != test_x.shape[1] or len(x) != len(y) or len(test_x) != len(test_y):
        raise ValueError(f"{name}: shapes {[p.shape for p in parts]} do not fit together")
    return x.astype(dtype), y.astype("int64"), test_x.astype(dtype), test_y.astype("int64")
