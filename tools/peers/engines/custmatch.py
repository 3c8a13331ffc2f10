"""custmatch, which learns from pairs that a person has labelled: 300 at random, then 100 that it asks for, as its
quick start does. The truth of the set answers in that person's place. Lists that it would fetch from the network
(nicknames in English, rude words) are switched off, as its message says.
"""
import csv
import json
import tempfile
import time
from pathlib import Path

import measure
import sets

PACKAGES = ["custmatch==0.1.2", "duckdb==2.0.0"]
SETUP = "columns mapped, 400 labelled pairs, 100 of them its own questions"
RANDOM, ASKED = 300, 100
HOW = {"labels": RANDOM + ASKED}


def configuration(by_hand, path):
    """What its guide says of such columns: names, birth date, contacts and address are its own, others are extra."""
    own = {"first_name": by_hand.given, "last_name": by_hand.family, "date_of_birth": by_hand.date, "email": by_hand.email,
           "phone": by_hand.phone, "addr_street": by_hand.street}
    columns = {name: column for name, column in own.items() if column}
    compare = {"text": "similarity", "code": "similarity", "exact": "exact", "frequent": "similarity"}
    extra = {column: compare[kind] for column, kind in by_hand.kinds().items() if column not in columns.values()}
    found = {"sources": [{"name": "all", "path": str(path), "columns": {"record_id": "unique_id", **columns, **{name: name for name in extra}}}],
             "extra_fields": [{"name": name, "compare": how} for name, how in extra.items()],
             "extra_blocking": [[name] for name in by_hand.exact if by_hand.country], "placeholders": True, "suspect_records": False}
    if by_hand.country:
        found |= {"country": by_hand.country, "normalise": {"nicknames": False}}
    return found


def answer(asked, labels, entity_of):
    """Adds the pairs of one file to the labels, judged by the truth."""
    new = not labels.exists()
    with open(asked, newline="", encoding="utf-8") as file, open(labels, "a", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        if new:
            writer.writerow(["a", "b", "label", "by"])
        for row in csv.DictReader(file):
            a, b = (entity_of[row[side].split(":", 1)[1]] for side in "ab")
            writer.writerow([row["a"], row["b"], int(a == b), row["by"]])


def clusters(folder, options):
    from custmatch import labels, pipeline

    database, by_hand, _ = sets.load(folder)
    entity_of = measure.entities(folder)
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        database.execute(f"COPY prepared TO '{scratch}/records.csv' (HEADER)")
        config, asked, judged = scratch / "config.json", scratch / "asked.csv", scratch / "labels.csv"
        config.write_text(json.dumps(configuration(by_hand, scratch / "records.csv")), encoding="utf-8")
        started = time.time()
        labels.sample(config, RANDOM, asked)
        answer(asked, judged, entity_of)
        labels.sample_active(config, judged, ASKED, asked)
        answer(asked, judged, entity_of)
        options.labelling = time.time() - started
        pipeline.run(config, judged, scratch / "out", log=lambda _: None)
        with open(scratch / "out/clusters.csv", newline="", encoding="utf-8") as file:
            return {"own": {row["record_id"]: row["customer_id"] for row in csv.DictReader(file)}}
