"""kanoniv, by a specification after the one for customers among its examples: composite blocking, Fellegi-Sunter
scores whose chances of chance agreement come from random pairs and the others from expectation maximisation.
What it calls possible stays apart.
"""
import json

import sets

PACKAGES = ["kanoniv==0.3.9", "duckdb==2.0.0", "pandas"]
SETUP = "specification after its example for customers, first five blocking rules by hand"
# What it takes at most.
BLOCKING_MAX = 5


def field(name, by_hand, kind):
    """How one column is compared; the chances are where training begins."""
    found = {"name": name, "comparator": "jaro_winkler" if kind == "text" else "exact", "weight": 1.0, "m_probability": 0.85,
             "u_probability": 0.02, "normalizer": "generic"}
    own = {by_hand.email: dict(comparator="exact", weight=2.0, m_probability=0.95, u_probability=0.001, normalizer="email"),
           by_hand.phone: dict(weight=1.5, u_probability=0.005), by_hand.given: dict(u_probability=0.05, normalizer="nickname"),
           by_hand.family: dict(m_probability=0.88, normalizer="name")}
    return found | own.get(name, {})


def specification(by_hand, rules):
    kinds = by_hand.kinds()
    columns = sorted(set(kinds) | {name for rule in rules for name in rule})
    scoring = {"strategy": "fellegi_sunter", "thresholds": {"match": 8.0, "possible": 4.0, "non_match": -5.0},
               "training": {"method": "em", "estimate_u": "random_sampling", "max_random_pairs": 1000000, "max_iterations": 25,
                            "convergence_threshold": 0.001},
               "fields": [field(name, by_hand, kind) for name, kind in kinds.items()]}
    source = {"adapter": "csv", "location": "records", "primary_key": "unique_id", "attributes": {name: name for name in columns},
              "schema": {name: {"type": "string"} for name in columns}}
    return {"api_version": "kanoniv/v2", "identity_version": "customer_v1", "metadata": {"name": "Customers"},
            "entity": {"name": "customer"}, "sources": {"records": source},
            "blocking": {"strategy": "composite", "keys": [list(rule) for rule in rules[:BLOCKING_MAX]]},
            "decision": {"scoring": scoring, "thresholds": {"match": 0.9, "review": 0.7},
                         "conflict_strategy": "prefer_high_confidence"},
            "survivorship": {"default": "most_complete"}}


def clusters(folder, _options):
    import kanoniv

    database, by_hand, rules = sets.load(folder)
    # JSON is YAML.
    spec = kanoniv.Spec.from_string(json.dumps(specification(by_hand, rules)))
    source = kanoniv.Source.from_pandas("records", database.execute("SELECT * FROM prepared").fetchdf(), primary_key="unique_id")
    found = kanoniv.reconcile([source], spec)
    return {"own": {found._entity_map[member][1]: at for at, members in enumerate(found.clusters) for member in members}}
