"""The Record Linkage Toolkit: exact blocks, string similarities, expectation maximisation without labels;
what is likely at 0.95 joins.
"""
import os

import joined
import sets

PACKAGES = ["recordlinkage==0.16", "duckdb==2.0.0", "pandas==2.3.3"]
SETUP = "blocking by hand, similarities, expectation maximisation, 0.95"
PROCESSES = True
HOW = {"classifier": "ecm"}
# How alike two values of a kind have to be to agree.
AGREE = {"text": 0.88, "code": 0.79, "exact": 0.5}


def clusters(folder, _options):
    import pandas
    import recordlinkage as engine

    database, by_hand, rules = sets.load(folder)
    records = database.execute("SELECT * FROM prepared").fetchdf().set_index("unique_id")
    records = records.astype(object).where(records.notna(), None)
    pairs = None
    for rule in rules:
        # It would take two missing values for equal.
        filled = records[records[list(rule)].notna().all(axis=1)]
        found = engine.index.Block(list(rule)).index(filled)
        pairs = found if pairs is None else pairs.union(found)
    compare = engine.Compare(n_jobs=os.cpu_count())
    compared = {name: kind for name, kind in by_hand.kinds().items() if kind in AGREE}
    for name, kind in compared.items():
        if kind == "exact":
            compare.exact(name, name, label=name)
        else:
            compare.string(name, name, method="jarowinkler" if kind == "text" else "damerau_levenshtein", label=name)
    similar = compare.compute(pairs, records)
    agreed = pandas.DataFrame({name: (similar[name] >= AGREE[kind]).astype(int) for name, kind in compared.items()},
                              index=similar.index)
    model = engine.ECMClassifier(init="jaro", max_iter=100, atol=1e-4)
    model.fit(agreed)
    likely = model.prob(agreed)
    return {"own": joined.clusters(records.index, likely[likely >= 0.95].index)}
