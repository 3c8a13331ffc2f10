#!/usr/bin/env python3
"""Counts the instructions that merging the shipped channels takes, stage by stage, and holds them against the committed figures: unlike time, they are the same on a busy machine.

    instructions.py --binary target/release/einklang [--update]

Needs valgrind, and takes two minutes. `unify` runs on one thread, and its instructions are set down each time that the
stages' clock stops. More than 5 % above the figures in benches/instructions.json is a failure, for a stage as for the
whole run; figures of another compiler are shown and not judged.
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
# A stage of fewer instructions, in millions, may change by a hash table that grows once more.
SLACK = 2
# `Clock::stop` of src/engine/stage.rs, as the linker knows it.
STOP = "_ZN8einklang6engine5stage5Clock4stop*"
# After this stage the clock stops once more, for it and those before it together.
LAST_OF_PART = "train"


def count(binary):
    """Instructions of each stage and of the whole run on one thread, in millions."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        command = ["valgrind", "--tool=callgrind", "--demangle=no", f"--dump-after={STOP}", f"--callgrind-out-file={out}/counted",
                   binary, "unify", "-q", "--threads", "1", *CHANNELS, "--out", str(out / "merged")]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env={"RAYON_NUM_THREADS": "1", "PATH": "/usr/bin:/bin"})
        if ended.returncode:
            sys.exit(f"instructions: `unify` failed under valgrind:\n{ended.stderr[-2000:]}")
        stages = [stage["name"] for stage in json.loads((out / "merged/report.json").read_text(encoding="utf-8"))["stages"]]
        stages.insert(stages.index(LAST_OF_PART) + 1, LAST_OF_PART)
        parts = sorted(out.glob("counted.*"), key=lambda part: int(part.suffix[1:]))
        if len(parts) != len(stages):
            sys.exit(f"instructions: the clock stopped {len(parts)} times, for the stages {', '.join(stages)}")
        counted = dict.fromkeys(stages, 0.0)
        for name, part in zip(stages, parts):
            counted[name] += instructions(part)
        counted["whole run"] = sum(counted.values()) + instructions(out / "counted")
        return {name: round(millions, 1) for name, millions in counted.items()}


def instructions(part):
    found = re.search(r"^summary: (\d+)", part.read_text(encoding="utf-8"), re.MULTILINE)
    return int(found[1]) / 1e6 if found else 0.0


def compiler():
    return subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=True).stdout.strip()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=Path, default=ROOT / "target/release/einklang")
    parser.add_argument("--update", action="store_true", help="write the figures instead of judging by them")
    arguments = parser.parse_args()
    counted = count(str(arguments.binary.resolve()))
    if arguments.update:
        BASELINE.write_text(json.dumps({"compiler": compiler(), "millions": counted}, indent=2) + "\n", encoding="utf-8")
    baseline = json.loads(BASELINE.read_text(encoding="utf-8"))
    worse = []
    for name, millions in counted.items():
        before = baseline["millions"].get(name, 0.0)
        change = f"{millions / before - 1:+.1%}" if before else "new"
        print(f"{name:12} {millions:10.1f} million instructions  {change}")
        if millions > before * (1 + TOLERANCE) + SLACK:
            worse.append(name)
    if baseline["compiler"] != compiler():
        print(f"the figures are of {baseline['compiler']}; not judged")
    elif worse:
        sys.exit(f"instructions: more than {TOLERANCE:.0%} above benches/instructions.json: {', '.join(worse)}\n"
                 "hint: where the change is worth it, write new figures with `make instructions UPDATE=1`")


if __name__ == "__main__":
    main()
