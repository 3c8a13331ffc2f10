#!/usr/bin/env python3
"""Times DuckDB and polars while they merely read the file of a set and group it by one column, and Einklang's whole
run beside them, in turn. Nothing that matches customers can be faster than that floor.

    floors.py --out floors.jsonl [--rounds N] [--by COLUMN] [--threads N] DIR...

Each run is a process of its own, timed without its start. A run that was stopped goes on where it was, since what the
file has already is not run again. Prints the medians, and Einklang's as multiples of both floors.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "peers"))
from measure import add, machine

ENGINES = ("duckdb", "polars", "einklang")


def duckdb(path, by, threads):
    import duckdb as engine

    database = engine.connect(config={"threads": threads})
    began = time.perf_counter()
    database.execute(f"CREATE TABLE records AS SELECT * FROM read_csv('{path}', all_varchar = true)")
    read = time.perf_counter()
    database.execute(f'CREATE TABLE groups AS SELECT "{by}", count(*) FROM records GROUP BY 1')
    return engine.__version__, read - began, time.perf_counter() - read


def polars(path, by, threads):
    os.environ["POLARS_MAX_THREADS"] = str(threads)
    import polars as engine

    began = time.perf_counter()
    records = engine.read_csv(path, infer_schema=False)
    read = time.perf_counter()
    records.group_by(by).len()
    return engine.__version__, read - began, time.perf_counter() - read


def einklang(path, binary, threads):
    """As all others: CSV in, in this case to every file of the results."""
    with tempfile.TemporaryDirectory() as out:
        began = time.perf_counter()
        subprocess.run([binary, "unify", "-q", "--threads", str(threads), "--id", "record_id", "--source-column", "source", path, "--out", out],
                       check=True, stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - began
    version = subprocess.run([binary, "--version"], capture_output=True, text=True, check=True).stdout.split()[-1]
    return version, seconds, None


def run_one(engine, folder, arguments):
    path = str(folder / "records.csv")
    if engine == "einklang":
        version, seconds, group = einklang(path, arguments.binary, arguments.threads)
    else:
        version, seconds, group = {"duckdb": duckdb, "polars": polars}[engine](path, arguments.by, arguments.threads)
    line = {"floor": engine, "version": version, "data": folder.name, "threads": arguments.threads,
            "load_before": round(os.getloadavg()[0], 1)}
    if group is None:
        return {**line, "seconds": round(seconds, 3)}
    return {**line, "read": round(seconds, 3), "group": round(group, 3), "seconds": round(seconds + group, 3)}


def lines(path):
    read = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [line for line in map(json.loads, read) if "floor" in line]


def summary(path, folders):
    for folder in folders:
        median = {}
        for engine in ENGINES:
            of = [line["seconds"] for line in lines(path) if (line["floor"], line["data"]) == (engine, folder.name)]
            if of:
                median[engine] = statistics.median(of)
                print(f"{folder.name:10} {engine:10} {median[engine]:8.3f} s  ({min(of):.3f} to {max(of):.3f}, {len(of)} runs)")
        for engine in ENGINES[:2]:
            if engine in median and "einklang" in median:
                print(f"{folder.name:10} einklang takes {median['einklang'] / median[engine]:.1f} times as long as {engine} reads and groups")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="+", help="folders with records.csv")
    parser.add_argument("--rounds", type=int, default=5, help="how often each engine runs, in turn")
    parser.add_argument("--by", default="email", help="the column that is grouped by")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--out", type=Path, required=True, help="a line of JSON is added to this file for each run")
    parser.add_argument("--binary", default=str(Path(__file__).parent.parent / "target/release/einklang"))
    parser.add_argument("--one", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        add(arguments.out, run_one(arguments.one, arguments.data[0].resolve(), arguments))
        return
    if not arguments.out.exists():
        add(arguments.out, {"machine": machine(), "started": time.strftime("%FT%T")})
    for folder in arguments.data:
        for turn in range(arguments.rounds):
            for engine in ENGINES:
                if sum((line["floor"], line["data"]) == (engine, folder.resolve().name) for line in lines(arguments.out)) <= turn:
                    subprocess.run([sys.executable, __file__, "--one", engine, "--by", arguments.by, "--threads", str(arguments.threads),
                                    "--binary", arguments.binary, "--out", str(arguments.out), str(folder)], check=True)
    summary(arguments.out, [folder.resolve() for folder in arguments.data])


if __name__ == "__main__":
    main()
