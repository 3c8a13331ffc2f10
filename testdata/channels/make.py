#!/usr/bin/env python3
"""Splits generated customer records into five channel exports, each in a layout of its own.

    make.py RECORDS.csv TRUTH.csv OUT_DIR

RECORDS has the columns record_id, source (shop, newsletter, crm, support, pos), given_name,
family_name, company, email, phone, street, house_number, postcode, city, country, birth_date,
loyalty_id, updated_at; TRUTH has record_id, entity_id. Standard library only; the same input
gives the same files.
"""
import csv
import io
import random
import re
import sys
import unicodedata
from pathlib import Path

SUBJECTS = {
    "Lieferung": ["Paket nicht angekommen", "Lieferung verspätet", "Falscher Artikel geliefert", "Sendung beschädigt"],
    "Rechnung": ["Rechnung fehlt", "Betrag doppelt abgebucht", "Frage zur Rechnung", "Mahnung trotz Zahlung"],
    "Konto": ["Passwort vergessen", "Adresse ändern", "Konto löschen", "Anmeldung klappt nicht"],
    "Retoure": ["Rücksendung", "Erstattung noch offen", "Umtausch in andere Größe"],
    "Kundenkarte": ["Punkte fehlen", "Karte verloren", "Neue Karte bestellen"],
}


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def german_date(text):
    """1980-12-31 becomes 31.12.1980; whatever else stands there stays."""
    match = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", text)
    return f"{match[3]}.{match[2]}.{match[1]}" if match else text


def iso_date(text):
    match = re.fullmatch(r"(\d\d)\.(\d\d)\.(\d{4})", text)
    return f"{match[3]}-{match[2]}-{match[1]}" if match else text


def western(text):
    """Letters that Windows-1252 lacks lose their marks, as an old system would store them."""

    def keep(letter):
        try:
            letter.encode("cp1252")
            return letter
        except UnicodeEncodeError:
            plain = unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode()
            return plain or {"ł": "l", "Ł": "L", "ı": "i", "đ": "d", "Đ": "D"}.get(letter, "?")

    return "".join(keep(letter) for letter in text)


def joined(*parts, by=" "):
    return by.join(part for part in parts if part)


class Channels:
    """One row maker per channel; each returns (record id, cells)."""

    def __init__(self):
        self.random = random.Random(2)
        self.numbers = {}

    def number(self, channel, first, step):
        self.numbers[channel] = self.numbers.get(channel, first - step) + 1 + self.random.randrange(2 * step - 1)
        return self.numbers[channel]

    def shop(self, r):
        number = str(self.number("shop", 100204, 7))
        opt_in = self.random.choice(["true", "false", "false"])
        return number, [number, r["email"], r["given_name"], r["family_name"], r["company"],
                        joined(r["street"], r["house_number"]), r["postcode"], r["city"], r["country"], r["phone"],
                        iso_date(r["birth_date"]), r["loyalty_id"], opt_in, r["updated_at"][:19].replace("T", " ")]

    def crm(self, r):
        number = f"K-{self.number('crm', 20017, 5)}"
        day, time = r["updated_at"][:10], r["updated_at"][11:16]
        cells = [number, r["given_name"], r["family_name"], r["company"], r["street"], r["house_number"], r["postcode"],
                 r["city"], r["country"], german_date(r["birth_date"]), r["phone"], r["email"], r["loyalty_id"],
                 f"{german_date(day)} {time}"]
        return number, [western(cell) for cell in cells]

    def newsletter(self, r):
        number = f"{self.random.getrandbits(40):010x}"
        status = self.random.choice(["aktiv"] * 8 + ["abgemeldet", "unbestätigt"])
        return number, [number, r["email"], r["given_name"], r["family_name"], r["updated_at"][:10], status]

    def till(self, r):
        number = str(self.number("till", 3001, 3))
        name = joined(r["family_name"], r["given_name"], by=", ")
        branch = f"Filiale {self.random.randrange(1, 13):02d}"
        return number, [number, r["loyalty_id"], name, joined(r["street"], r["house_number"]), r["postcode"], r["city"],
                        r["phone"], r["email"], german_date(r["birth_date"]), branch, german_date(r["updated_at"][:10])]

    def support(self, r):
        number = f"T{self.number('support', 50011, 11)}"
        category = self.random.choice(list(SUBJECTS))
        address = joined(joined(r["street"], r["house_number"]), joined(r["postcode"], r["city"]), by=", ")
        return number, [number, r["updated_at"][:19], joined(r["given_name"], r["family_name"]), r["company"], r["email"],
                        r["phone"], address, r["loyalty_id"], category, self.random.choice(SUBJECTS[category]),
                        self.random.choice(["niedrig", "normal", "normal", "hoch"])]


LAYOUTS = {
    "shop": dict(source="shop", encoding="utf-8", columns=[
        "customer_id", "email", "first_name", "last_name", "company", "street", "zip", "city", "country", "phone",
        "date_of_birth", "loyalty_card", "newsletter_opt_in", "updated_at"]),
    "crm": dict(source="crm", encoding="cp1252", delimiter=";", lineterminator="\r\n", columns=[
        "Kundennummer", "Vorname", "Nachname", "Firma", "Straße", "Hausnr.", "PLZ", "Ort", "Land", "Geburtsdatum",
        "Telefon", "E-Mail", "Kundenkarte", "Letzte Änderung"]),
    "newsletter": dict(source="newsletter", encoding="utf-8-sig", columns=[
        "subscriber_id", "email", "vorname", "nachname", "angemeldet_am", "status"]),
    "till": dict(source="pos", encoding="utf-8", delimiter="\t", columns=[
        "ID", "KARTENNR", "NAME", "STRASSE", "PLZ", "ORT", "TELEFON", "EMAIL", "GEBURTSTAG", "FILIALE",
        "LETZTER_EINKAUF"]),
    "support": dict(source="support", encoding="utf-8", quoting=csv.QUOTE_ALL, columns=[
        "ticketId", "openedAt", "fullName", "organisation", "contactEmail", "contactPhone", "address", "customerCard",
        "category", "subject", "priority"]),
}


def main(records, truth, out):
    entity_of = {row["record_id"]: row["entity_id"] for row in read(truth)}
    records, channels, labels = read(records), Channels(), []
    for channel, layout in LAYOUTS.items():
        dialect = {key: layout[key] for key in ("delimiter", "quoting", "lineterminator") if key in layout}
        text = io.StringIO(newline="")
        writer = csv.writer(text, **{"lineterminator": "\n", **dialect})
        writer.writerow(layout["columns"])
        for record in (r for r in records if r["source"] == layout["source"]):
            number, cells = getattr(channels, channel)(record)
            assert len(cells) == len(layout["columns"])
            writer.writerow(cells)
            labels.append((channel, number, entity_of[record["record_id"]]))
        (out / f"{channel}.csv").write_bytes(text.getvalue().encode(layout["encoding"]))
    assert len({label[:2] for label in labels}) == len(labels)
    with open(out / "truth.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([("source", "record_id", "entity_id"), *sorted(labels)])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
