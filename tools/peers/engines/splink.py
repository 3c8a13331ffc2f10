"""Splink over DuckDB, set up by hand for each set as its documentation advises: comparisons that fit the
columns, term frequencies on names, blocking rules that together reach most matches, expectation
maximisation over two or more of them.
"""
import importlib.metadata
import logging

from sets import Person, prepare, settings_by_hand

PACKAGES = ["splink==5.0.0", "duckdb==2.0.0", "pandas", "pyarrow"]
SETUP = "comparisons and blocking by hand, the better of 0.5 and 0.95"
# Names given and family the wrong way round.
SWAPPED = ["l.{given} = r.{family} and l.{family} = r.{given}"]


def clusters(folder, options):
    """At Splink's usual thresholds."""
    import duckdb
    import splink.comparison_library as cl
    from splink import Linker, SettingsCreator, block_on
    try:
        from splink import DuckDBAPI
    except ImportError:
        from splink.backends.duckdb import DuckDBAPI
    logging.getLogger("splink").setLevel(logging.ERROR)
    columns, by_hand = settings_by_hand()[folder.name]
    database = duckdb.connect()
    if options.memory:
        database.execute(f"SET memory_limit = '{options.memory}'")
    prepare(database, folder, columns)
    full_name = ""
    if isinstance(by_hand, Person):
        full_name = f", {by_hand.given} || ' ' || {by_hand.family} AS full_name"
    database.execute(f"CREATE TABLE prepared AS SELECT *{full_name} FROM people")
    tables = ["prepared"]
    if by_hand.link_only:
        sources = [row[0] for row in database.execute("SELECT DISTINCT source FROM prepared ORDER BY 1").fetchall()]
        tables = [f"side{at}" for at in range(len(sources))]
        for table, source in zip(tables, sources):
            database.execute(f"CREATE TABLE {table} AS SELECT * EXCLUDE (source) FROM prepared WHERE source = ?", [source])
    swapped = []
    if isinstance(by_hand, Person):
        swapped = [rule.format(given=by_hand.given, family=by_hand.family) for rule in SWAPPED]
    settings = SettingsCreator(
        link_type="link_only" if by_hand.link_only else "dedupe_only", unique_id_column_name="unique_id", max_iterations=30,
        comparisons=by_hand.comparisons(cl), retain_matching_columns=False, retain_intermediate_calculation_columns=False,
        blocking_rules_to_generate_predictions=[block_on(*rule) for rule in by_hand.blocking] + swapped)
    api = DuckDBAPI(connection=database)
    if int(importlib.metadata.version("splink").split(".")[0]) >= 5:
        registered = [api.register(table) for table in tables]
        linker = Linker(registered if len(registered) > 1 else registered[0], settings)
    else:
        linker = Linker(tables if len(tables) > 1 else tables[0], settings, db_api=api)
    deterministic = [rule if isinstance(rule, str) else block_on(*rule) for rule in by_hand.deterministic]
    linker.training.estimate_probability_two_random_records_match(deterministic, recall=by_hand.recall)
    linker.training.estimate_u_using_random_sampling(max_pairs=5e6)
    for rule in by_hand.training:
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(*rule))
    pairs = linker.inference.predict(threshold_match_probability=0.01)
    found = {}
    for threshold in (0.5, 0.95):
        table = linker.clustering.cluster_pairwise_predictions_at_threshold(pairs, threshold)
        rows = database.execute(f"SELECT unique_id, cluster_id FROM {table.physical_name}").fetchall()
        found[str(threshold)] = dict(rows)
    return found
