#!/usr/bin/env python3
"""Makes one Markdown table of what `tools/peers` wrote: for each set and engine the median time, the most memory
and the median quality of its runs. Load is how busy the machine was with other work before a run.

    python3 tools/peers/table.py results.jsonl... [--into docs/performance.md]

With --into, the table takes the place of what stands between the two marks `<!-- peers -->` there.
"""
import argparse
import json
import statistics
from pathlib import Path

MARK = "<!-- peers -->"
HEADER = ["Set", "Engine", "Set-up", "Runs", "Load", "Time", "Memory", "Precision", "Recall", "F1"]


def quality(line):
    """The pairwise figures of a run, of the best threshold where there are several."""
    found = [value["pairwise"] for key, value in line.items() if key.startswith("cluster")]
    return max(found, key=lambda one: one["f1"])


def row(lines):
    """The cells of one engine on one set."""
    last = lines[-1]
    first = [last["data"], " ".join(part for part in (last["peer"], last.get("version")) if part), last.get("setup", "")]
    whole = [line for line in lines if "failed" not in line]
    ran = [str(len(whole or lines)), f"{statistics.median(line['load_before'] for line in whole or lines):.1f}"]
    if not whole:
        held = f"{last['rss_mb']:,} MiB" if last.get("rss_mb") else "–"
        return [*first, *ran, f"– ({last['failed']})", held, "–", "–", "–"]
    time = f"{statistics.median(line['wall'] for line in whole):.1f} s"
    if "labelling" in last:
        time += f" ({statistics.median(line['labelling'] for line in whole):.1f} s of it to choose what to label)"
    figures = {key: statistics.median(quality(line)[key] for line in whole) for key in ("p", "r", "f1")}
    return [*first, *ran, time, f"{max(line['rss_mb'] for line in whole):,} MiB", *(f"{figures[key]:.3f}" for key in ("p", "r", "f1"))]


def table(lines):
    """Sets and engines in the order in which they were measured."""
    runs = {}
    for line in lines:
        if "peer" in line:
            runs.setdefault(line["data"], {}).setdefault(line["peer"], []).append(line)
    rows = [row(of_engine) for of_set in runs.values() for of_engine in of_set.values()]
    return "\n".join(["| " + " | ".join(cells) + " |" for cells in [HEADER]] + ["|" + "---|" * len(HEADER)]
                     + ["| " + " | ".join(cells) + " |" for cells in rows])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path, nargs="+")
    parser.add_argument("--into", type=Path, help="a Markdown file with the two marks")
    arguments = parser.parse_args()
    made = table(json.loads(text) for path in arguments.results for text in path.read_text(encoding="utf-8").splitlines())
    if not arguments.into:
        print(made)
        return
    page = arguments.into.read_text(encoding="utf-8")
    if page.count(MARK) != 2:
        raise SystemExit(f"{arguments.into} has no two marks {MARK}")
    before, _, after = page.split(MARK)
    arguments.into.write_text(f"{before}{MARK}\n{made}\n{MARK}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
