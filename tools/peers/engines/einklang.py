"""Einklang with its defaults, as a process of its own."""
import csv
import resource
import subprocess
import tempfile
import time
from pathlib import Path

import sets

PACKAGES = []
SETUP = "shipped defaults"


def version(options):
    return subprocess.run([options.binary, "--version"], capture_output=True, text=True, check=True).stdout.split()[-1]


def clusters(folder, options):
    with open(folder / "records.csv", newline="", encoding="utf-8") as file:
        header = next(csv.reader(file))
    with tempfile.TemporaryDirectory() as out:
        of_set = ["--source-column", "source"] if "source" in header else []
        by_hand = sets.settings_by_hand().get(folder.name)
        of_set += ["--link-only"] if by_hand and by_hand[1].link_only else []
        started = time.time()
        subprocess.run([options.binary, "unify", "-q", "--id", "record_id", *of_set, str(folder / "records.csv"), "--out", out],
                       check=True, stdout=subprocess.DEVNULL)
        # Reading the crosswalk is no part of it, and neither is the memory of this process.
        options.measured = time.time() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
        with open(Path(out) / "crosswalk.csv", newline="", encoding="utf-8") as file:
            return {"own": {row["record_id"]: row["customer_id"] for row in csv.DictReader(file)}}
