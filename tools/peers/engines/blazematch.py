"""blazematch without labels, as its documentation's deduplication: blocking rules in SQL, similarities, the
Fellegi-Sunter model, what is likely at 0.8 joins. It knows no missing values: two of them are alike.
"""
import sets

PACKAGES = ["blazematch==0.1.1"]
SETUP = "blocking by hand, similarities, Fellegi-Sunter, 0.8"
THRESHOLD = 0.8


def clusters(folder, _options):
    from blazematch import BlockingRule, Deduplicator, FieldComparison, LinkConfig, Metric

    database, by_hand, rules = sets.load(folder)
    records = database.execute("SELECT * FROM prepared").fetchdf()
    metric = {"text": Metric.JARO_WINKLER, "code": Metric.DAMERAU_LEVENSHTEIN, "exact": Metric.EXACT, "frequent": Metric.EXACT}
    config = LinkConfig(
        blocking_rules=[BlockingRule(" AND ".join(f"l.{name} = r.{name}" for name in rule)) for rule in rules],
        comparisons=[FieldComparison(name, name, metric[kind]) for name, kind in by_hand.kinds().items()])
    engine = Deduplicator(records, config)
    engine.block().compute_features().estimate()
    found = engine.cluster(threshold=THRESHOLD)
    return {"own": dict(zip(records["unique_id"], found["cluster_id"].tolist()))}
