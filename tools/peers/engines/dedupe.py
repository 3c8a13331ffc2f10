"""dedupe, which learns from pairs that a person has labelled: 40 at random to begin with, half of them matches,
then 80 that it asks for, as its documentation's example does. The truth of the set answers in that person's place.
"""
import io
import json
import os
import random
import time

import measure
import sets

PACKAGES = ["dedupe==3.0.3", "BTrees<6", "duckdb==2.0.0"]
SETUP = "120 labelled pairs, 80 of them its own questions"
PROCESSES = True
SEEDS, LABELS, SAMPLE, THRESHOLD = 40, 120, 3000, 0.5
HOW = {"labels": LABELS}
# It learns its blocking from all pairs of 5,000 records that share any predicate, held as tuples: more than
# 20 GB on febrl3. With fewer records it fits.
BLOCKING_SAMPLE = 1200


def variables(by_hand):
    from dedupe import variables as of_kind

    made = {"text": of_kind.String, "code": of_kind.ShortString, "exact": of_kind.Exact, "frequent": of_kind.Exact}
    return [made[kind](name, has_missing=True) for name, kind in by_hand.kinds().items()]


def seeds(records, entity_of):
    """The first labels, as the file that dedupe reads them from."""
    same = {}
    for record, values in records.items():
        same.setdefault(entity_of[record], []).append(values)
    several = [values for values in same.values() if len(values) > 1]
    matches = [random.choice(several)[:2] for _ in range(SEEDS // 2)]
    distinct = []
    while len(distinct) < SEEDS // 2:
        a, b = random.sample(list(records), 2)
        if entity_of[a] != entity_of[b]:
            distinct.append([records[a], records[b]])
    pairs = lambda found: [{"__class__": "tuple", "__value__": pair} for pair in found]
    return io.StringIO(json.dumps({"match": pairs(matches), "distinct": pairs(distinct)}))


def label(engine, records, entity_of):
    """Answers what dedupe asks; it shows values, so records are found by them."""
    by_values = {tuple(values.values()): record for record, values in records.items()}
    for _ in range(LABELS - SEEDS):
        for pair in engine.uncertain_pairs():
            a, b = (entity_of[by_values[tuple(values.values())]] for values in pair)
            engine.mark_pairs({"match": [pair] if a == b else [], "distinct": [pair] if a != b else []})


def clusters(folder, options):
    import dedupe
    import dedupe.labeler
    import numpy

    random.seed(1)
    numpy.random.seed(1)
    sample = dedupe.labeler.sample_records
    dedupe.labeler.sample_records = lambda data, size: sample(data, min(size, BLOCKING_SAMPLE) if size == 5000 else size)
    database, by_hand, _ = sets.load(folder)
    names = list(by_hand.kinds())
    rows = database.execute(f"SELECT unique_id, {', '.join(names)} FROM prepared ORDER BY unique_id").fetchall()
    records = {row[0]: dict(zip(names, row[1:])) for row in rows}
    entity_of = measure.entities(folder)
    engine = dedupe.Dedupe(variables(by_hand), num_cores=os.cpu_count())
    started = time.time()
    engine.prepare_training(records, training_file=seeds(records, entity_of), sample_size=SAMPLE)
    label(engine, records, entity_of)
    options.labelling = time.time() - started
    engine.train()
    found = engine.partition(records, THRESHOLD)
    return {"own": {record: at for at, (members, _) in enumerate(found) for record in members}}
