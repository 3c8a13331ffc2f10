"""GoldenMatch, which configures itself on the raw columns."""
import os

PACKAGES = ["goldenmatch==3.22.0", "goldenmatch-native==0.2.3", "polars"]
SETUP = "configures itself on the raw columns"
HOW = {"mode": "zero"}


def clusters(folder, _options):
    os.environ.setdefault("GOLDENMATCH_AUTOCONFIG_MEMORY", "0")
    import goldenmatch as engine
    import polars

    records = polars.read_csv(folder / "records.csv", infer_schema_length=0)
    ids = records["record_id"].to_list()
    found = engine.dedupe_df(records.drop("record_id"), confidence_required=False)
    return {"own": {ids[member]: name for name, cluster in found.clusters.items() for member in cluster["members"]}}
