#!/usr/bin/env python3
"""Runs Einklang and other engines in turn on labelled sets, and adds a line for each run to a file that
`tools/peers/table.py` makes a table of and `tools/accuracy.py --peers` reads.

    python3 tools/peers --out results.jsonl [--engines einklang,splink,…] [--rounds N] [--limit SECONDS] DIR...

Each run is a process of its own with a limit of time and memory; what fails or is ended by them is a line too.
Engines are set up as their documentation advises, by what `sets.py` says of the columns; each file in `engines/`
says how. None sees the truth but for the labels that some cannot work without, which their set-up tells.
Each engine in Python wants an environment of its own under --environments; --install makes those that are
missing (`make bench-peers` does).
"""
import argparse
import collections
import importlib
import importlib.metadata
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import measure
import watch

warnings.filterwarnings("ignore")
ENGINES = "einklang,splink,goldenmatch,recordlinkage,custmatch,dedupe,kanoniv,blazematch"


def engine_of(name):
    return importlib.import_module(f"engines.{name}")


def run_one(name, folder, options):
    """The line of one run in this process."""
    engine = engine_of(name)
    started = time.time()
    found = engine.clusters(folder, options)
    # An engine that runs as a process of its own has measured that.
    seconds, used = getattr(options, "measured", None) or (time.time() - started, resource.getrusage(resource.RUSAGE_SELF))
    version = engine.version(options) if hasattr(engine, "version") else importlib.metadata.version(name)
    line = {"peer": name, "version": version, "setup": engine.SETUP, "data": folder.name, "wall": round(seconds, 2),
            "cpu": round(used.ru_utime + used.ru_stime, 2), "rss_mb": used.ru_maxrss >> 10}
    if hasattr(options, "labelling"):
        line["labelling"] = round(options.labelling, 2)
    line |= getattr(engine, "HOW", {})
    entity_of = measure.entities(folder)
    for threshold, cluster_of in found.items():
        line[f"cluster_{threshold}" if threshold != "own" else "cluster"] = {"pairwise": measure.pairwise(cluster_of, entity_of)}
    return line


def run_apart(name, folder, options):
    """The same in a process of its own, in its engine's environment."""
    home = options.environments / name / "bin" / "python"
    if engine_of(name).PACKAGES and not home.exists():
        return {"peer": name, "data": folder.name, "failed": f"has no environment {home.parent.parent}"}
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as scratch:
        answer = Path(scratch) / "line.json"
        command = [str(home) if home.exists() else sys.executable, str(Path(__file__).parent), "--one", str(answer),
                   "--engines", name, "--binary", options.binary, *(["--memory", options.memory] if options.memory else []),
                   "--out", str(options.out), str(folder)]
        forks = getattr(engine_of(name), "PROCESSES", False)
        held, ended = watch.run(command, options.limit, options.memory_max, forks, scratch)
        if answer.exists():
            line = json.loads(answer.read_text(encoding="utf-8"))
            if forks:
                line["rss_mb"] = max(line["rss_mb"], held)
        else:
            line = {"peer": name, "version": version_in(home, name), "setup": engine_of(name).SETUP, "data": folder.name,
                    "failed": ended, "rss_mb": held}
    return line | {"load_before": round(load, 1)}


def version_in(home, name):
    """The version of an engine whose run did not live to tell it."""
    asked = subprocess.run([str(home), "-c", f"import importlib.metadata as m; print(m.version({name!r}))"],
                           capture_output=True, text=True) if home.exists() else None
    return asked.stdout.strip() if asked else ""


def run_all(options):
    """Every engine on every set in turn, round by round."""
    done = runs_done(options.out)
    if not options.out.exists():
        measure.add(options.out, {"machine": measure.machine(), "started": time.strftime("%FT%T")})
    for folder in options.data:
        folder = folder.resolve()
        for turn in range(options.rounds):
            for name in options.engines.split(","):
                if done[name, folder.name] <= turn:
                    measure.add(options.out, run_apart(name, folder, options))


def runs_done(path):
    """How often each engine ran on each set by this file, so that a run that was stopped goes on where it was.
    One that failed is not tried again."""
    done = collections.Counter()
    if path.exists():
        for text in path.read_text(encoding="utf-8").splitlines():
            line = json.loads(text)
            if "peer" in line:
                done[line["peer"], line["data"]] += 1 if "failed" not in line else 1 << 30
    return done


def install(options):
    """The environments that are missing."""
    for name in options.engines.split(","):
        home, packages = options.environments / name, engine_of(name).PACKAGES
        if packages and not home.exists():
            subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
            subprocess.run([str(home / "bin/pip"), "-q", "install", *packages], check=True)



def main():
    parser = argparse.ArgumentParser(prog="peers", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="*", help="folders with records.csv and truth.csv")
    parser.add_argument("--engines", default=ENGINES, help=f"some of {ENGINES}")
    parser.add_argument("--rounds", type=int, default=1, help="how often each engine runs, in turn")
    parser.add_argument("--out", type=Path, required=True, help="a line of JSON is added to this file for each run")
    parser.add_argument("--binary", default=str(Path(__file__).parents[2] / "target/release/einklang"))
    parser.add_argument("--environments", type=Path, default=Path("target/peers"), help="a folder with an environment per engine")
    parser.add_argument("--install", action="store_true", help="make the environments that are missing before anything else")
    parser.add_argument("--memory", help="the most that DuckDB may take below Splink, such as 8GB")
    parser.add_argument("--memory-max", type=int, default=8192, help="MiB that one run may hold before it is ended")
    parser.add_argument("--limit", type=float, default=1800, help="seconds for one run")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        options.one.write_text(json.dumps(run_one(options.engines, options.data[0], options)), encoding="utf-8")
        return
    if options.install:
        install(options)
    run_all(options)


if __name__ == "__main__":
    main()
