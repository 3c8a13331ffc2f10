#!/usr/bin/env python3
"""Counts the instructions that merging the shipped channels takes, and holds them against the committed figures: unlike time, they are the same on a busy machine.

    instructions.py --binary target/release/einklang [--update]

Needs valgrind, and takes two minutes. `init` reads and recognises, `unify` does everything, on one thread.
More than 5 % above the figures in benches/instructions.json is a failure; figures of another compiler
are shown and not judged.
"""
import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
BASELINE = ROOT / "benches/instructions.json"
CHANNELS = [f"testdata/channels/{name}.csv" for name in ("shop", "crm", "newsletter", "till", "support")]
TOLERANCE = 0.05
COMMANDS = {
    "read and recognise": ["init", *CHANNELS],
    "unify": ["unify", "-q", "--threads", "1", *CHANNELS, "--out", "{out}"],
}


def count(binary, arguments):
    """Instructions of one run on one thread, in millions."""
    with tempfile.TemporaryDirectory() as out:
        arguments = [argument.replace("{out}", out) for argument in arguments]
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}/callgrind", binary, *arguments]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env={"RAYON_NUM_THREADS": "1", "PATH": "/usr/bin:/bin"})
        found = re.search(r"Collected : (\d+)", ended.stderr)
        if ended.returncode or not found:
            sys.exit(f"instructions: `{' '.join(arguments)}` failed under valgrind:\n{ended.stderr[-2000:]}")
        return round(int(found[1]) / 1e6, 1)


def compiler():
    return subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=True).stdout.strip()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=Path, default=ROOT / "target/release/einklang")
    parser.add_argument("--update", action="store_true", help="write the figures instead of judging by them")
    arguments = parser.parse_args()
    binary = str(arguments.binary.resolve())
    counted = {name: count(binary, command) for name, command in COMMANDS.items()}
    if arguments.update:
        BASELINE.write_text(json.dumps({"compiler": compiler(), "millions": counted}, indent=2) + "\n", encoding="utf-8")
    baseline = json.loads(BASELINE.read_text(encoding="utf-8"))
    worse = []
    for name, millions in counted.items():
        change = millions / baseline["millions"][name] - 1
        print(f"{name:20} {millions:10.1f} million instructions  {change:+.1%}")
        if change > TOLERANCE:
            worse.append(name)
    if baseline["compiler"] != compiler():
        print(f"the figures are of {baseline['compiler']}; not judged")
    elif worse:
        sys.exit(f"instructions: more than {TOLERANCE:.0%} above benches/instructions.json: {', '.join(worse)}\n"
                 "hint: where the change is worth it, write new figures with `make instructions UPDATE=1`")


if __name__ == "__main__":
    main()
