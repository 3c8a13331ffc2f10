"""nomenklatura, as its command `xref` does it: entities of Follow the Money, candidates by tokens in common, its
model for deduplication, and what it is sure of by `--auto-threshold` joins without a person. The model was trained
on lists of sanctioned people, not on customers.
"""
import json
import os
import tempfile
from pathlib import Path

import sets

PACKAGES = ["nomenklatura==4.17.4"]
SETUP = "its own blocking and model, joined from 0.9 without a person"
THRESHOLD = 0.9


def entities(database, by_hand):
    """The records as persons of Follow the Money."""
    columns = {"firstName": by_hand.given, "lastName": by_hand.family, "birthDate": by_hand.date, "email": by_hand.email,
               "phone": by_hand.phone, "address": by_hand.street}
    columns = {own: column for own, column in columns.items() if column}
    rows = database.execute(f"SELECT unique_id, {', '.join(columns.values())} FROM prepared ORDER BY unique_id").fetchall()
    for record, *values in rows:
        filled = {own: [value] for own, value in zip(columns, values) if value}
        name = " ".join(part[0] for part in (filled.get("firstName"), filled.get("lastName")) if part)
        yield {"id": record, "schema": "Person", "datasets": ["records"], "properties": filled | ({"name": [name]} if name else {})}


def clusters(folder, _options):
    database, by_hand, _ = sets.load(folder)
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "records.ijson"
        with open(path, "w", encoding="utf-8") as file:
            records = []
            for entity in entities(database, by_hand):
                records.append(entity["id"])
                file.write(json.dumps(entity) + "\n")
        return {"own": joined(path, records, Path(scratch))}


def joined(path, records, scratch):
    # It reads where its database is as it is imported.
    os.environ["NOMENKLATURA_DB_URL"] = f"sqlite:///{scratch}/nomenklatura.db"
    from followthemoney import StatementEntity
    from nomenklatura.db import make_session
    from nomenklatura.matching import DedupeAlgorithm
    from nomenklatura.resolver import Resolver
    from nomenklatura.store import load_entity_file_store
    from nomenklatura.xref import xref

    with make_session() as session:
        resolver = Resolver[StatementEntity](session, create=True)
        resolver.load_into_memory()
        store = load_entity_file_store(path, resolver=resolver)
        # By default it stops after 5,000 suggestions, which is meant for a person.
        xref(resolver, session, store, scratch / "index", limit=10 * len(records), auto_threshold=THRESHOLD,
             algorithm=DedupeAlgorithm, discount_internal=1.0)
        return {record: resolver.get_canonical(record) for record in records}
