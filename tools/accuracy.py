#!/usr/bin/env python3
"""Measures Einklang on labelled sets and writes docs/accuracy.md.

    accuracy.py --binary target/release/einklang [--data DIR] [--peers FILE] [--sets a,b] [--out FILE]

Without --data, the sets shipped in testdata/. A data folder holds one folder per set, each with
records.csv (a column record_id, perhaps a column source) and truth.csv (record_id, entity_id).
For each set: the shipped defaults without labels, with 50 and 300 labels of a simulated steward who
answers `einklang label` by the truth, each method switched off in turn, and, where scikit-learn is
at hand, a ceiling: a gradient-boosted matcher trained on the truth of one half of the entities and
measured on the other half, through the same blocking and clustering.
Results are kept in --cache by binary and set, so that a second run measures only what is new.
"""
import argparse
import csv
import gzip
import hashlib
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Both sides of these are free of duplicates by their origin's account.
LINK_ONLY = {"febrl4", "uk_census"}
METHODS = ["kinds", "term-frequency", "negative-evidence", "entities", "inferred-names", "fuzzy-keys"]
LABELS = [50, 300]


class Set:
    """One labelled set: how to name its files to Einklang, and its truth."""

    def __init__(self, name, inputs, truth, options):
        self.name, self.inputs, self.truth = name, [str(path) for path in inputs], str(truth)
        self.options = options + (["--link-only"] if name in LINK_ONLY else [])

    def entities(self):
        """Entity by (source or None, record id)."""
        opener = gzip.open if self.truth.endswith(".gz") else open
        with opener(self.truth, "rt", newline="", encoding="utf-8") as file:
            return {(row.get("source"), row["record_id"]): row["entity_id"] for row in csv.DictReader(file)}


def shipped():
    data = ROOT / "testdata"
    channels = [data / f"channels/{name}.csv" for name in ("shop", "crm", "newsletter", "till", "support")]
    yield Set("channels", channels, data / "channels/truth.csv", [])
    for name in ("febrl1", "febrl2", "febrl3", "febrl4"):
        options = ["--source-column", "source"] if name == "febrl4" else []
        yield Set(name, [data / f"febrl/{name}.csv.gz"], data / f"febrl/{name}_truth.csv", options)
    yield Set("historical_50k", [data / "historical_50k/historical_50k.csv.gz"], data / "historical_50k/truth.csv.gz", [])
    companies = [data / f"companies/{name}.csv" for name in ("suppliers", "leads", "invoices")]
    yield Set("companies", companies, data / "companies/truth.csv", [])


def in_folder(folder):
    for path in sorted(folder.iterdir()):
        if (path / "records.csv").is_file() and (path / "truth.csv").is_file():
            with open(path / "records.csv", encoding="utf-8") as file:
                header = file.readline().strip().split(",")
            options = ["--id", "record_id"] + (["--source-column", "source"] if header[:2] == ["record_id", "source"] else [])
            yield Set(path.name, [path / "records.csv"], path / "truth.csv", options)


class Runner:
    """Runs Einklang on a set and keeps what it measured."""

    def __init__(self, binary, cache):
        self.binary, self.cache = binary, cache
        self.version = hashlib.sha256(Path(binary).read_bytes()).hexdigest()[:12]
        cache.mkdir(parents=True, exist_ok=True)

    def kept(self, of, variant, measure):
        path = self.cache / f"{of.name}.{variant}.{self.version}.json"
        if not path.exists():
            print(f"{of.name}: {variant}", file=sys.stderr, flush=True)
            path.write_text(json.dumps(measure()))
        return json.loads(path.read_text())

    def unify(self, of, out, *more):
        started = time.time()
        arguments = [self.binary, "unify", "--quiet", "--out", out, *of.options, *more, *of.inputs]
        if subprocess.run(arguments, stdout=subprocess.DEVNULL).returncode not in (0, 3):
            raise RuntimeError(f"{of.name}: einklang failed")
        seconds = time.time() - started
        memory = json.loads(Path(out, "report.json").read_text())["run"]["memory_bytes_max"] or 0
        return {"seconds": round(seconds, 2), "memory_mib": memory >> 20}

    def evaluate(self, out, truth):
        arguments = [self.binary, "evaluate", "--json", "--crosswalk", f"{out}/crosswalk.csv", "--truth", truth]
        found = json.loads(subprocess.run(arguments, check=True, capture_output=True, text=True).stdout)
        assert found["missing"] == 0, f"{truth}: records are not named as the truth names them"
        return {key: found[key] for key in ("records", "pairs", "pairwise", "b3", "never_compared", "calibration", "calibration_error")}

    def default(self, of, *more):
        with tempfile.TemporaryDirectory() as out:
            cost = self.unify(of, out, *more)
            expected = json.loads(Path(out, "report.json").read_text())["accuracy"]
            return {**self.evaluate(out, of.truth), **cost, "expected": expected}

    def with_labels(self, of):
        """One steward's session: after 50 answers, and on to 300."""
        entities, found = of.entities(), {}
        sources = any(source for source, _ in entities)
        entity = lambda source, record: entities[(source if sources else None, record)]
        with tempfile.TemporaryDirectory() as out:
            labels, given = f"{out}/labels.csv", 0
            for count in LABELS:
                arguments = [self.binary, "label", "--quiet", "--json", "--labels", labels, "--count", str(count - given),
                             *of.options, *of.inputs]
                steward = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
                for line in steward.stdout:
                    pair = json.loads(line)
                    same = entity(pair["source_a"], pair["record_id_a"]) == entity(pair["source_b"], pair["record_id_b"])
                    steward.stdin.write("y\n" if same else "n\n")
                    steward.stdin.flush()
                assert steward.wait() == 0, f"{of.name}: einklang label failed"
                given = count
                cost = self.unify(of, out, "--labels", labels)
                with open(labels, encoding="utf-8") as file:
                    answers = sum(1 for _ in file) - 1
                found[str(count)] = {**self.evaluate(out, of.truth), **cost, "answers": answers}
        return found

    def ceiling(self, of):
        """A matcher trained on the truth of half the entities, measured on the other half."""
        import numpy as np
        from sklearn.ensemble import HistGradientBoostingClassifier

        entities = of.entities()
        sources = any(source for source, _ in entities)
        half = {entity: int(hashlib.sha256(entity.encode()).hexdigest(), 16) % 2 for entity in set(entities.values())}
        with tempfile.TemporaryDirectory() as out:
            self.unify(of, out, "--vectors")
            with open(f"{out}/crosswalk.csv", newline="", encoding="utf-8") as file:
                rows = [entities[(row["source"] if sources else None, row["record_id"])] for row in csv.DictReader(file)]
            with open(f"{out}/vectors.csv", newline="", encoding="utf-8") as file:
                next(file)
                pairs = [(int(a), int(b), int(vector, 16)) for a, b, vector, _ in (line.split(",") for line in file)]
            numbers = {entity: number for number, entity in enumerate(sorted(half))}
            entity_of = np.array([numbers[entity] for entity in rows])
            half_of = np.array([half[entity] for entity in rows])
            a, b = (np.array([pair[at] for pair in pairs], dtype=np.int64) for at in (0, 1))
            vectors = np.array([pair[2] for pair in pairs], dtype=np.uint64)
            features = lambda of: np.stack([(of >> np.uint64(4 * at)) & np.uint64(15) for at in range(16)], axis=1).astype(np.float32)
            match, trained = entity_of[a] == entity_of[b], (half_of[a] == 0) & (half_of[b] == 0)
            # Boosting sees missing values as such, and wants two values of each feature.
            table = features(vectors[trained])
            kept = [at for at in range(16) if len(np.unique(table[table[:, at] > 0, at])) > 1]
            missing = lambda table: np.where(table == 0, np.nan, table)[:, kept]
            model = HistGradientBoostingClassifier(max_iter=300, learning_rate=0.06, max_leaf_nodes=31, l2_regularization=1.0,
                                                   random_state=1)
            model.fit(missing(features(vectors[trained])), match[trained])
            distinct = np.unique(vectors)
            share = np.clip(model.predict_proba(missing(features(distinct)))[:, 1], 1e-6, 1 - 1e-6)
            with open(f"{out}/weights.csv", "w", encoding="utf-8") as file:
                file.writelines(f"{vector:x},{math.log2(p / (1 - p)):.3f}\n" for vector, p in zip(distinct.tolist(), share.tolist()))
            with open(f"{out}/half.csv", "w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file)
                writer.writerow((["source"] if sources else []) + ["record_id", "entity_id"])
                for (source, record), entity in entities.items():
                    if half[entity] == 1:
                        writer.writerow(([source] if sources else []) + [record, entity])
            default = self.evaluate(out, f"{out}/half.csv")
            self.unify(of, out, "--vector-weights", f"{out}/weights.csv")
            return {"default": default, "ceiling": self.evaluate(out, f"{out}/half.csv")}


def figure(found):
    return f"{found['pairwise']['f1']:.3f}"


def change(found, from_default):
    return f"{found['pairwise']['f1'] - from_default['pairwise']['f1']:+.3f}"


def losses(found):
    measure = found["default"]["pairwise"]
    return f"{1 - measure['precision']:.3f} / {1 - measure['recall']:.3f}"


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def page(results, peers, machine):
    """The figures as Markdown."""
    text = ["# Accuracy", "",
            "Written by `make accuracy`; every figure is pairwise F1 of the customers unless it says otherwise, and those of Einklang come from "
            "the run that wrote this page. " + machine, "",
            "## Shipped defaults", "",
            "No rules, no labels. Lost: true pairs that no blocking key brings. Expected: what the run itself says of its "
            "precision and recall, without truth.", ""]
    rows = []
    for name, found in results.items():
        one = found["default"]
        lost = one["never_compared"] / max(one["pairs"]["truth"], 1)
        said = one["expected"]
        rows.append([name, f"{one['records']:,}", *(f"{one['pairwise'][key]:.3f}" for key in ("precision", "recall", "f1")),
                     f"{one['b3']['f1']:.3f}", f"{lost:.1%}", f"{said['precision']['share']:.3f}", f"{said['recall']['share']:.3f}",
                     f"{one['seconds']:.1f} s", f"{one['memory_mib']} MiB"])
    text += [table(["Set", "Records", "Precision", "Recall", "F1", "B³ F1", "Lost", "Expected precision", "Expected recall",
                    "Time", "Memory"], rows), ""]
    text += ["## With labels, and the ceiling", "",
             "Labels are answers of a simulated steward to the questions that `einklang label` asks. The ceiling is a "
             "gradient-boosted matcher trained on the truth of one half of the entities and measured on the other, through the "
             "same comparisons, blocking and clustering; beside it stands the default on that other half. The matcher weighs "
             "pairs alone and no records against whole customers, so the default may lie above; so it may where the one half "
             "held too few matches to learn from.", ""]
    rows = []
    for name, found in results.items():
        labels = found.get("labels", {})
        ceiling = found.get("ceiling")
        rows.append([name, figure(found["default"]),
                     *(f"{figure(labels[key])} ({change(labels[key], found['default'])})" if key in labels else "–"
                       for key in map(str, LABELS)),
                     *([figure(ceiling["default"]), figure(ceiling["ceiling"])] if ceiling else ["–", "–"])])
    text += [table(["Set", "No labels", *(f"{count} labels" for count in LABELS), "Other half", "Ceiling"], rows), ""]
    notes = tomllib.loads((ROOT / "tools/accuracy_notes.toml").read_text(encoding="utf-8"))
    told = [[name, losses(results[name]), notes[name]] for name in results if name in notes]
    if told:
        text += ["## Where the losses are", "", "What keeps the defaults from more, set by set: precision and recall lost, and the "
                 "evidence that is wanting.", "", table(["Set", "Lost", "What it is"], told), ""]
    text += ["## What each method brings", "", "The change in F1 when the method is switched off. Without kinds of pairs nothing counts as "
             "personal, so lone records are not judged against clusters either.", ""]
    rows = [[name, *(change(found["without"][method], found["default"]) if method in found.get("without", {}) else "–"
                     for method in METHODS)] for name, found in results.items()]
    text += [table(["Set", "Household members and namesakes", "Term frequency", "Evidence against in clusters",
                    "Lone records against clusters", "Names from e-mail addresses", "Fuzzy keys"], rows), ""]
    text += ["## Calibration", "", "Of the pairs said to be a match with a probability, the share that is one (pairs in brackets).", ""]
    bounds = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999]
    rows = []
    for name, found in results.items():
        bins = {bin["low"]: bin for bin in found["default"]["calibration"]}
        error = found["default"]["calibration_error"]
        rows.append([name, *(f"{bins[low]['right']:.2f} ({bins[low]['pairs']:,})" if low in bins else "–" for low in bounds),
                     f"{error:.3f}" if error is not None else "–"])
    text += [table(["Set", *(f"from {low}" for low in bounds), "Mean distance"], rows), ""]
    if peers:
        text += ["## Beside other engines", "", "Each with its documented set-up, on the same machine; Einklang with its shipped "
                 "defaults. The others were measured in turn by `tools/peers`, in runs of their own. Time is the whole run, from the file to the customers. Splink is set up by hand for each set "
                 "(`tools/peers/sets.py`); of its two usual thresholds the better one counts.", ""]
        text += [table(["Set", "Engine", "F1", "Precision", "Recall", "Time", "Memory"], peers), ""]
    return "\n".join(text)


# What the runners of other engines call these sets.
ALIASES = {"hist50k": "historical_50k", "fake1000": "fake_1000"}


def of_peers(path, results):
    """Rows of the table from what the runners of other engines wrote, one JSON object a line; on
    each set, Einklang comes first."""
    lines = [one for one in map(json.loads, path.read_text().splitlines()) if "peer" in one]
    for one in lines:
        one["data"] = ALIASES.get(one["data"], one["data"])
    known = []
    for one in sorted(lines, key=lambda one: one["data"]):
        if one["data"] not in known and one["data"] in results:
            known.append(one["data"])
            own = results[one["data"]]["default"]
            yield [one["data"], "Einklang", *(f"{own['pairwise'][key]:.3f}" for key in ("f1", "precision", "recall")),
                   f"{own['seconds']:.1f} s", f"{own['memory_mib']} MiB"]
        how = one.get("mode") or one.get("classifier") or (f"{one['labels']} labels" if one.get("labels") else "")
        engine = " ".join(part for part in (one["peer"], one.get("version", ""), how) if part)
        if one.get("failed"):
            yield [one["data"], engine, f"– ({one['failed']})", "–", "–", "–", "–"]
            continue
        clusters = [one[key] for key in ("cluster_0.95", "cluster_0.5", "cluster") if key in one]
        if not clusters or one["peer"] == "einklang":
            continue
        # Where it was clustered at several thresholds, the best counts.
        clusters = max(clusters, key=lambda found: found["pairwise"]["f1"])
        measure = clusters["pairwise"]
        yield [one["data"], engine, *(f"{measure[key]:.3f}" for key in ("f1", "p", "r")), f"{one['wall']:.1f} s",
               f"{one['rss_mb']} MiB"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", default=str(ROOT / "target/release/einklang"))
    parser.add_argument("--data", type=Path, help="a folder of labelled sets; else the shipped ones")
    parser.add_argument("--cache", type=Path, default=ROOT / "target/accuracy")
    parser.add_argument("--out", type=Path, default=ROOT / "docs/accuracy.md")
    parser.add_argument("--sets", help="only these, by name, with commas between")
    parser.add_argument("--only", default="labels,ceiling,without", help="what to measure beside the defaults")
    parser.add_argument("--large", default="gen1M", help="sets that are too large for more than the defaults, by name")
    parser.add_argument("--peers", type=Path, help="what the runners of other engines wrote, one JSON object a line")
    arguments = parser.parse_args()
    sets = list(in_folder(arguments.data) if arguments.data else shipped())
    if arguments.sets:
        sets = [of for of in sets if of.name in arguments.sets.split(",")]
    runner, results = Runner(arguments.binary, arguments.cache), {}
    for of in sets:
        wanted = [] if of.name in arguments.large.split(",") else arguments.only.split(",")
        found = results[of.name] = {"default": runner.kept(of, "default", lambda: runner.default(of))}
        if "labels" in wanted:
            found["labels"] = runner.kept(of, "labels", lambda: runner.with_labels(of))
        if "without" in wanted:
            found["without"] = {method: runner.kept(of, f"without-{method}", lambda: runner.default(of, "--without", method))
                                for method in METHODS}
        if "ceiling" in wanted:
            try:
                import sklearn  # noqa: F401
                found["ceiling"] = runner.kept(of, "ceiling", lambda: runner.ceiling(of))
            except ImportError:
                print("scikit-learn is not installed; no ceiling", file=sys.stderr)
        line = f"{of.name:22} {figure(found['default'])}"
        line += "".join(f"  {count} labels {figure(found['labels'][str(count)])}" for count in LABELS if "labels" in found)
        line += f"  ceiling {figure(found['ceiling']['ceiling'])} for {figure(found['ceiling']['default'])}" if "ceiling" in found else ""
        print(line, flush=True)
    peers = list(of_peers(arguments.peers, results)) if arguments.peers else []
    machine = f"Machine: {os.cpu_count()} cores."
    arguments.out.write_text(page(results, peers, machine), encoding="utf-8")


if __name__ == "__main__":
    main()
