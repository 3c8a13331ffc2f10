#!/usr/bin/env python3
"""Runs Einklang and other engines in turn on labelled sets, and adds a line for each run to a file that
accuracy.py --peers reads.

    peers.py --out results.jsonl [--engines einklang,splink,goldenmatch,recordlinkage] [--rounds N] [--limit SECONDS] DIR...

Each run is a process of its own. Splink is set up by hand for each set, as its documentation advises:
comparisons that fit the columns, term frequencies on names, blocking rules that together reach most
matches, expectation maximisation over two or more of them. GoldenMatch configures itself, Einklang runs
with its defaults. None sees the truth. Each engine in Python wants an environment of its own, which
`make bench-peers` makes:

    python3 -m venv splink && splink/bin/pip install splink==5.0.0 duckdb==2.0.0 pandas pyarrow
    python3 -m venv goldenmatch && goldenmatch/bin/pip install goldenmatch==3.22.0 goldenmatch-native==0.2.3 polars
"""
import argparse
import collections
import csv
import importlib.metadata
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")


class Person:
    """How Splink is told to see a set of people: which columns are what."""

    def __init__(self, given, family, date=None, email=None, phone=None, postcode=None, street=None, exact=(), frequent=(),
                 deterministic=(), blocking=(), training=(), recall=0.7, link_only=False, names_apart=False):
        self.names_apart = names_apart
        self.given, self.family, self.date, self.email, self.phone = given, family, date, email, phone
        self.postcode, self.street, self.exact, self.frequent = postcode, street, exact, frequent
        self.deterministic, self.blocking, self.training = deterministic, blocking, training
        self.recall, self.link_only = recall, link_only

    def comparisons(self, cl):
        if self.names_apart:
            found = [cl.NameComparison(name).configure(term_frequency_adjustments=True) for name in (self.given, self.family)]
        else:
            found = [cl.ForenameSurnameComparison(self.given, self.family, jaro_winkler_thresholds=[0.92, 0.8],
                                                  forename_surname_concat_col_name="full_name")]
        if self.date:
            found.append(cl.DamerauLevenshteinAtThresholds(self.date, [1, 2]))
        if self.email:
            found.append(cl.EmailComparison(self.email).configure(term_frequency_adjustments=True))
        if self.phone:
            found.append(cl.DamerauLevenshteinAtThresholds(self.phone, [1]).configure(term_frequency_adjustments=True))
        if self.postcode:
            found.append(cl.DamerauLevenshteinAtThresholds(self.postcode, [1, 2]).configure(term_frequency_adjustments=True))
        if self.street:
            found.append(cl.JaroWinklerAtThresholds(self.street, [0.92, 0.8]).configure(term_frequency_adjustments=True))
        found += [cl.ExactMatch(column) for column in self.exact]
        found += [cl.ExactMatch(column).configure(term_frequency_adjustments=True) for column in self.frequent]
        return found


class Site:
    """The same of a set of businesses or places."""

    link_only = False

    def __init__(self, name, address, phone=None, exact=(), deterministic=(), blocking=(), training=(), recall=0.7):
        self.name, self.address, self.phone, self.exact = name, address, phone, exact
        self.deterministic, self.blocking, self.training, self.recall = deterministic, blocking, training, recall

    def comparisons(self, cl):
        found = [cl.JaroWinklerAtThresholds(self.name, [0.95, 0.88, 0.8]), cl.JaroWinklerAtThresholds(self.address, [0.95, 0.88])]
        if self.phone:
            found.append(cl.DamerauLevenshteinAtThresholds(self.phone, [1]))
        return found + [cl.ExactMatch(column).configure(term_frequency_adjustments=True) for column in self.exact]


# A blocking rule is a tuple of expressions that must agree, or a condition.
SWAPPED = ["l.{given} = r.{family} and l.{family} = r.{given}"]


def settings_by_hand():
    """Per set: the columns it is prepared with (SQL over the raw ones, `text` having folded them), and how they are compared."""
    sparse = ("first_name, surname, dob, city, email", Person(
        "first_name", "surname", "dob", "email", frequent=("city",),
        deterministic=["l.first_name = r.first_name and levenshtein(l.dob, r.dob) <= 1",
                       "l.surname = r.surname and levenshtein(l.dob, r.dob) <= 1", ("email",)],
        blocking=[("first_name",), ("surname",), ("dob",), ("email",), ("substr(dob,1,7)", "city")],
        training=[("first_name", "surname"), ("dob",)], names_apart=True))
    german_names = ("first_name, first_name2, last_name, birth_year || '-' || lpad(birth_month, 2, '0') || '-' || "
                    "lpad(birth_day, 2, '0') AS born", Person(
                        "first_name", "last_name", "born", exact=("first_name2",),
                        deterministic=[("first_name", "last_name", "substr(born,1,4)"), ("first_name", "last_name", "substr(born,6,5)")],
                        blocking=[("born",), ("first_name", "last_name"), ("last_name", "substr(born,1,4)"),
                                  ("first_name", "substr(born,1,4)"), ("first_name", "substr(born,6,5)"),
                                  ("last_name", "substr(born,6,5)")],
                        training=[("born",), ("first_name", "last_name")], names_apart=True))
    australian = ("given_name, surname, street_number, address_1 AS street, suburb, postcode, date_of_birth AS born, soc_sec_id{}", dict(
        given="given_name", family="surname", date="born", phone="soc_sec_id", postcode="postcode", street="street",
        exact=("street_number",), frequent=("suburb",),
        deterministic=[("soc_sec_id", "given_name"), ("given_name", "surname", "born")],
        blocking=[("soc_sec_id",), ("given_name", "surname"), ("born",), ("surname", "postcode"), ("street", "postcode"),
                  ("given_name", "postcode")],
        training=[("born",), ("soc_sec_id",)], recall=0.8))
    one_file = (australian[0].format(""), Person(**australian[1]))
    two_files = (australian[0].format(", source"), Person(**australian[1], link_only=True))
    # As Splink's own worked example of these data.
    figures = ("first_name, surname, dob, birth_place, postcode_fake, occupation", Person(
        "first_name", "surname", "dob", postcode="postcode_fake", frequent=("birth_place", "occupation"),
        deterministic=[("first_name", "surname", "dob"), ("dob", "postcode_fake"),
                       ("substr(first_name,1,2)", "surname", "substr(postcode_fake,1,2)")],
        blocking=[("substr(first_name,1,3)", "substr(surname,1,4)"), ("surname", "dob"), ("first_name", "dob"),
                  ("postcode_fake", "first_name"), ("postcode_fake", "surname"), ("dob", "birth_place"),
                  ("substr(postcode_fake,1,3)", "dob"), ("substr(postcode_fake,1,3)", "first_name"),
                  ("substr(postcode_fake,1,3)", "surname"),
                  ("substr(first_name,1,2)", "substr(surname,1,2)", "substr(dob,1,4)")],
        training=[("first_name", "surname"), ("dob",)], recall=0.6))
    # An e-mail address or phone number of more than fifty records is a placeholder or a switchboard.
    own = "CASE WHEN count(*) OVER (PARTITION BY {0}) <= 50 THEN {0} END AS {1}"
    email = own.format("replace(regexp_replace(email, '\\+[^@]*', ''), 'googlemail', 'gmail')", "email")
    phone = own.format("ltrim(regexp_replace(regexp_replace(replace(phone, '(0)', ''), '[^0-9+]', '', 'g'), "
                       "'^(\\+|00)(49|43|41)', ''), '0')", "phone")
    # The parts of an address in one: taken apart, they would make one person of a household.
    street = "regexp_replace(regexp_replace(street, '[ -]*str(asse|\\.)?( |$)', 'str '), ' *[0-9]+ *[a-z]?$', '')"
    number = "coalesce(house_number, nullif(regexp_extract(street, '([0-9]+ *[a-z]?)$', 1), ''))"
    postcode = "CASE WHEN postcode NOT IN ('00000', '99999') THEN ltrim(postcode, 'd-') END"
    born = ("CASE WHEN birth_date IN ('01.01.1900', '1900-01-01', '1970-01-01', '00.00.0000') THEN NULL WHEN birth_date LIKE '__.__.____' "
            "THEN substr(birth_date, 7, 4) || '-' || substr(birth_date, 4, 2) || '-' || substr(birth_date, 1, 2) ELSE birth_date END")
    generated = (
        f"given_name, regexp_replace(family_name, '^dr\\. ', '') AS family_name, {email}, {phone}, {postcode} AS postcode, "
        f"trim({street}) || ' ' || {number} || ' ' || {postcode} AS address, {born} AS born, " + own.format("loyalty_id", "loyalty_id"),
        Person("given_name", "family_name", "born", "email", "phone", street="address", exact=("loyalty_id",),
               deterministic=[("email", "given_name"), ("phone", "given_name"), ("given_name", "family_name", "born"),
                              ("given_name", "family_name", "postcode")],
               blocking=[("email",), ("phone",), ("loyalty_id",), ("given_name", "family_name"), ("born", "family_name"),
                         ("born", "given_name"), ("family_name", "postcode"), ("given_name", "address"), ("given_name", "postcode")],
               training=[("born", "postcode"), ("given_name", "family_name")], recall=0.8, names_apart=True))
    return {
        "gen100k": generated,
        "gen1M": generated,
        "gen10M": generated,
        "febrl1": one_file,
        "febrl2": one_file,
        "febrl3": one_file,
        "febrl4": two_files,
        "historical_50k": figures,
        "fake_1000": sparse,
        "fake_20000": sparse,
        "rldata500_de": german_names,
        "rldata10000_de": german_names,
        "de_gecko_customers": (
            "given_name, last_name, gender, birth_date, email, postcode, city, regexp_replace(phone, '[^0-9]', '', 'g') AS phone, "
            "regexp_replace(street, '(strasse|str\\.?)$', 'str') AS street, house_no", Person(
                "given_name", "last_name", "birth_date", "email", "phone", "postcode", "street", exact=("gender", "house_no"),
                deterministic=[("given_name", "last_name", "birth_date"), ("email", "given_name"), ("phone", "given_name")],
                blocking=[("given_name", "last_name"), ("last_name", "birth_date"), ("given_name", "birth_date"), ("email",),
                          ("phone",), ("street", "house_no", "postcode"), ("postcode", "birth_date")],
                training=[("birth_date",), ("last_name", "postcode")], recall=0.8)),
        "pseudopeople_census": (
            "first_name, last_name, middle_initial, date_of_birth, street_number || ' ' || street_name AS street, sex, race_ethnicity, "
            "unit_number", Person(
                "first_name", "last_name", "date_of_birth", street="street", exact=("sex", "race_ethnicity"),
                frequent=("middle_initial",),
                deterministic=[("first_name", "last_name", "date_of_birth")],
                blocking=[("first_name", "last_name"), ("date_of_birth",), ("last_name", "street"), ("first_name", "street")],
                training=[("date_of_birth",), ("first_name", "last_name")], recall=0.8)),
        "foreigners_pl": (
            "imie, nazwisko, imie2, replace(data_ur, '/', '-') AS data_ur, gmina, kraj", Person(
                "imie", "nazwisko", "data_ur", exact=("kraj",), frequent=("gmina",),
                deterministic=["l.imie = r.imie and levenshtein(l.data_ur, r.data_ur) <= 1",
                               "l.nazwisko = r.nazwisko and levenshtein(l.data_ur, r.data_ur) <= 1"],
                blocking=[("data_ur",), ("imie", "nazwisko"), ("nazwisko", "substr(data_ur,1,4)"), ("nazwisko", "substr(data_ur,6,5)"),
                          ("imie", "substr(data_ur,1,4)", "kraj"), ("imie", "substr(data_ur,6,5)")],
                training=[("data_ur",), ("imie", "nazwisko")], names_apart=True)),
        "south_africa": (
            "given_name, surname, sex, date_of_birth, culture", Person(
                "given_name", "surname", "date_of_birth", exact=("sex", "culture"),
                deterministic=[("given_name", "surname", "date_of_birth")],
                blocking=[("date_of_birth",), ("given_name", "surname"), ("surname", "substr(date_of_birth,1,4)"),
                          ("given_name", "substr(date_of_birth,1,4)")],
                training=[("date_of_birth",), ("given_name", "surname")])),
        "uk_census": (
            "pername1, pername2, sex, dob_year || '-' || dob_mon || '-' || dob_day AS born, enumpc, enumcap AS street, source", Person(
                "pername1", "pername2", "born", postcode="enumpc", exact=("sex",),
                deterministic=[("pername1", "pername2", "born"), ("pername1", "pername2", "enumpc")],
                blocking=[("pername1", "pername2"), ("born", "enumpc"), ("pername2", "born"), ("pername1", "born"),
                          ("pername2", "enumpc"), ("pername1", "enumpc")],
                training=[("born",), ("pername1", "pername2")], recall=0.8, link_only=True, names_apart=True)),
        "multilink_geco": (
            "gname, fname, sex, phone, postcode, age, occup", Person(
                "gname", "fname", phone="phone", postcode="postcode", exact=("sex", "age", "occup"),
                deterministic=[("gname", "fname"), ("phone",)],
                blocking=[("gname", "fname"), ("phone",), ("fname", "postcode"), ("gname", "postcode"), ("gname", "age"),
                          ("fname", "age")],
                training=[("phone",), ("postcode", "age")])),
        "restaurants": (
            "trim(name, '\" ') AS name, trim(address, '\" ') AS address, trim(city, '\" ') AS city, trim(cuisine, '\" ') AS cuisine", Site(
                "name", "address", exact=("city", "cuisine"),
                deterministic=[("name", "city"), ("name", "address")],
                blocking=[("name",), ("address",), ("substr(name,1,4)", "city"), ("substr(address,1,6)",)],
                training=[("city",), ("substr(name,1,4)",)])),
        "chicago_childcare": (
            "\"Site name\" AS name, Address AS address, substr(regexp_replace(Phone, '[^0-9]', '', 'g'), -7) AS phone, Zip AS zip", Site(
                "name", "address", "phone", exact=("zip",),
                deterministic=[("name", "address"), ("phone", "address")],
                blocking=[("name",), ("address",), ("phone",), ("substr(name,1,6)", "zip"), ("substr(address,1,8)",)],
                training=[("phone",), ("zip",)])),
    }


def prepare(database, folder, columns):
    """The table `people` of a set: its columns folded, then as `columns` says."""
    raw = f"read_csv('{folder}/records.csv', all_varchar = true)"
    names = [row[0] for row in database.execute(f"DESCRIBE SELECT * FROM {raw}").fetchall() if row[0] != "record_id"]
    folded = ", ".join(f"nullif(strip_accents(lower(trim(\"{name}\"))), '') AS \"{name}\"" for name in names)
    database.execute(f"CREATE TABLE text AS SELECT record_id AS unique_id, {folded} FROM {raw}")
    database.execute(f"CREATE TABLE people AS SELECT unique_id, {columns} FROM text")


def splink(folder, memory):
    """Clusters by Splink at its usual thresholds: {threshold: {record id: cluster}}."""
    import logging

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
    if memory:
        database.execute(f"SET memory_limit = '{memory}'")
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
        clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(pairs, threshold)
        rows = database.execute(f"SELECT unique_id, cluster_id FROM {clusters.physical_name}").fetchall()
        found[str(threshold)] = dict(rows)
    return found


def goldenmatch(folder, _memory):
    """Clusters by GoldenMatch, which configures itself on the raw columns."""
    os.environ.setdefault("GOLDENMATCH_AUTOCONFIG_MEMORY", "0")
    import goldenmatch as engine
    import polars

    records = polars.read_csv(folder / "records.csv", infer_schema_length=0)
    ids = records["record_id"].to_list()
    found = engine.dedupe_df(records.drop("record_id"), confidence_required=False)
    return {"own": {ids[member]: name for name, cluster in found.clusters.items() for member in cluster["members"]}}


def recordlinkage(folder, _memory):
    """Clusters by the Record Linkage Toolkit: exact blocks, string similarities, expectation maximisation without labels;
    what is likely at 0.95 joins."""
    import duckdb
    import pandas
    import recordlinkage as engine

    columns, by_hand = settings_by_hand()[folder.name]
    database = duckdb.connect()
    prepare(database, folder, columns)
    records = database.execute("SELECT * FROM people").fetchdf().set_index("unique_id")
    records = records.astype(object).where(records.notna(), None)
    pairs = None
    for rule in by_hand.blocking:
        if any("(" in column for column in rule) or isinstance(rule, str):
            continue
        filled = records[records[list(rule)].notna().all(axis=1)]
        found = engine.index.Block(list(rule)).index(filled)
        pairs = found if pairs is None else pairs.union(found)
    compare = engine.Compare(n_jobs=os.cpu_count())
    likeness = {name: 0.88 for name in (by_hand.given, by_hand.family, by_hand.email, by_hand.street) if name}
    edits = {name: 0.79 for name in (by_hand.date, by_hand.phone, by_hand.postcode) if name}
    for name in likeness:
        compare.string(name, name, method="jarowinkler", label=name)
    for name in edits:
        compare.string(name, name, method="damerau_levenshtein", label=name)
    for name in by_hand.exact:
        compare.exact(name, name, label=name)
    compared = compare.compute(pairs, records)
    least = {**likeness, **edits, **{name: 0.5 for name in by_hand.exact}}
    agreed = pandas.DataFrame({name: (compared[name] >= bound).astype(int) for name, bound in least.items()}, index=compared.index)
    model = engine.ECMClassifier(init="jaro", max_iter=100, atol=1e-4)
    model.fit(agreed)
    likely = model.prob(agreed)
    leader = {}

    def find(record):
        while leader.setdefault(record, record) != record:
            record = leader[record]
        return record

    for a, b in likely[likely >= 0.95].index:
        leader[find(a)] = find(b)
    return {"own": {record: find(record) for record in records.index}}


def measure(cluster_of, entity_of):
    """Pairwise precision, recall and F1 of a clustering; records that are not named stay alone."""
    pairs = lambda counts: sum(count * (count - 1) // 2 for count in counts.values())
    named = {record: cluster_of.get(record, f"alone {record}") for record in entity_of}
    right = pairs(collections.Counter((named[record], entity) for record, entity in entity_of.items()))
    said, true = pairs(collections.Counter(named.values())), pairs(collections.Counter(entity_of.values()))
    precision, recall = right / said if said else 0.0, right / true if true else 0.0
    f1 = 2 * precision * recall / (precision + recall) if right else 0.0
    return {"p": round(precision, 4), "r": round(recall, 4), "f1": round(f1, 4)}


def einklang(folder, binary):
    """Clusters by Einklang's defaults: {record id: customer}, with the seconds and MiB of its process."""
    with open(folder / "records.csv", newline="", encoding="utf-8") as file:
        header = next(csv.reader(file))
    with tempfile.TemporaryDirectory() as out:
        options = ["--source-column", "source"] if "source" in header else []
        by_hand = settings_by_hand().get(folder.name)
        options += ["--link-only"] if by_hand and by_hand[1].link_only else []
        started = time.time()
        subprocess.run([binary, "unify", "-q", "--id", "record_id", *options, str(folder / "records.csv"), "--out", out],
                       check=True, stdout=subprocess.DEVNULL)
        seconds = time.time() - started
        with open(Path(out) / "crosswalk.csv", newline="", encoding="utf-8") as file:
            return {row["record_id"]: row["customer_id"] for row in csv.DictReader(file)}, seconds


def run_one(engine, folder, arguments):
    """The line of one run in this process."""
    started = time.time()
    if engine == "einklang":
        clusters, seconds = einklang(folder, arguments.binary)
        clusters, memory = {"own": clusters}, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10
        version = subprocess.run([arguments.binary, "--version"], capture_output=True, text=True).stdout.split()[-1]
    else:
        clusters = {"splink": splink, "goldenmatch": goldenmatch, "recordlinkage": recordlinkage}[engine](folder, arguments.memory)
        seconds, memory = time.time() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        version = importlib.metadata.version(engine)
    with open(folder / "truth.csv", newline="", encoding="utf-8") as file:
        entity_of = {row["record_id"]: row["entity_id"] for row in csv.DictReader(file)}
    line = {"peer": engine, "version": version, "data": folder.name, "wall": round(seconds, 2), "rss_mb": memory,
            "load_before": arguments.load}
    if engine == "goldenmatch":
        line["mode"] = "zero"
    for name, cluster_of in clusters.items():
        line[f"cluster_{name}" if name != "own" else "cluster"] = {"pairwise": measure(cluster_of, entity_of)}
    return line


def run_all(arguments):
    """Every engine on every set in turn, round by round; what fails or takes too long is a line too."""
    done = runs_done(arguments.out)
    if not arguments.out.exists():
        add(arguments.out, {"machine": machine(), "started": time.strftime("%FT%T")})
    for folder in arguments.data:
        for turn in range(arguments.rounds):
            for engine in arguments.engines.split(","):
                if done[engine, folder.name] > turn:
                    continue
                load = os.getloadavg()[0]
                home = arguments.environments / engine / "bin" / "python"
                command = [str(home) if home.exists() else sys.executable, __file__, "--one", "--engines", engine,
                           "--binary", arguments.binary, "--load", f"{load:.1f}", *(["--memory", arguments.memory] if arguments.memory else []),
                           "--out", str(arguments.out), str(folder)]
                try:
                    ended = subprocess.run(command, capture_output=True, text=True, timeout=arguments.limit)
                    failed = ended.returncode and (ended.stderr.strip().splitlines() or ["unknown"])[-1].split(":")[0]
                except subprocess.TimeoutExpired:
                    failed = f"no answer in {arguments.limit} s"
                if not failed:
                    print(ended.stdout, end="", flush=True)
                else:
                    add(arguments.out, {"peer": engine, "data": folder.name, "failed": failed})


def runs_done(path):
    """How often each engine ran on each set by this file, so that a run that was stopped goes on where it was."""
    done = collections.Counter()
    if path.exists():
        for text in path.read_text(encoding="utf-8").splitlines():
            line = json.loads(text)
            if "peer" in line:
                done[line["peer"], line["data"]] += 1
    return done


def machine():
    """What the figures are of."""
    about = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    names = [text.split(":", 1)[1].strip() for text in about.splitlines() if text.startswith("model name")]
    return {"processor": names[0] if names else "unknown", "cores": os.cpu_count(), "system": " ".join(os.uname()[::2]),
            "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)}


def add(path, line):
    with open(path, "a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
    print(json.dumps(line), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="+", help="folders with records.csv and truth.csv")
    parser.add_argument("--engines", default="einklang,splink,goldenmatch")
    parser.add_argument("--rounds", type=int, default=1, help="how often each engine runs, in turn")
    parser.add_argument("--out", type=Path, required=True, help="a line of JSON is added to this file for each run")
    parser.add_argument("--binary", default=str(Path(__file__).parent.parent / "target/release/einklang"))
    parser.add_argument("--environments", type=Path, default=Path("target/peers"), help="a folder with an environment per engine")
    parser.add_argument("--memory", help="the most that DuckDB may take, such as 8GB")
    parser.add_argument("--limit", type=float, default=1800, help="seconds for one run")
    parser.add_argument("--load", type=float, help=argparse.SUPPRESS)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        add(arguments.out, run_one(arguments.engines, Path(str(arguments.data[0]).rstrip("/")), arguments))
    else:
        run_all(arguments)


if __name__ == "__main__":
    main()
