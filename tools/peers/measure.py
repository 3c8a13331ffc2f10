"""What a run is measured by, the same for all engines; and what it ran on."""
import collections
import csv
import json
import os
from pathlib import Path


def entities(folder):
    """The truth of a set: {record id: entity}."""
    with open(folder / "truth.csv", newline="", encoding="utf-8") as file:
        return {row["record_id"]: row["entity_id"] for row in csv.DictReader(file)}


def pairwise(cluster_of, entity_of):
    """Pairwise precision, recall and F1 of a clustering; records that are not named stay alone."""
    pairs = lambda counts: sum(count * (count - 1) // 2 for count in counts.values())
    named = {record: cluster_of.get(record, f"alone {record}") for record in entity_of}
    right = pairs(collections.Counter((named[record], entity) for record, entity in entity_of.items()))
    said, true = pairs(collections.Counter(named.values())), pairs(collections.Counter(entity_of.values()))
    precision, recall = right / said if said else 0.0, right / true if true else 0.0
    f1 = 2 * precision * recall / (precision + recall) if right else 0.0
    return {"p": round(precision, 4), "r": round(recall, 4), "f1": round(f1, 4)}


def machine():
    """What the figures are of."""
    about = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    names = [text.split(":", 1)[1].strip() for text in about.splitlines() if text.startswith("model name")]
    return {"processor": names[0] if names else "unknown", "cores": os.cpu_count(), "system": " ".join(os.uname()[::2]),
            "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)}


def add(path, line):
    """Adds a line of JSON to the file, and shows it."""
    with open(path, "a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
    print(json.dumps(line), flush=True)
