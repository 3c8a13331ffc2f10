#!/usr/bin/env python3
"""Makes three exports of one set of invented German companies, with the truth.

    make.py OUT_DIR

Standard library only; the seed stands below, so that every run gives the same files. An entity is
a legal entity: the branches of one company are one, franchisees who share a brand are several.
"""
import csv
import io
import random
import sys
from pathlib import Path

SEED, COMPANIES = 5, 900
BRANDS = """Adler Ahorn Alster Anker Aurora Bergfried Birken Borgward Brandt Brunnen Delta Dorn Ebro Eichen Elbe Elster Engel
Falken Fichten Forum Gebauer Granit Greif Hansa Harz Heide Hirsch Horizont Jäger Kaiser Kastanien Kiesel Kranich Krämer Küsten
Lindner Löwen Merkur Möwen Mühlen Neptun Nordlicht Oder Orion Pfeil Phönix Quell Rhein Rosen Rössler Saale Schäfer Schwanen
Silber Spree Stein Sturm Südwind Tannen Taunus Ulmen Vogt Wächter Weser Wieland Zeder Zirkel""".split()
TRADES = """Maschinenbau Elektrotechnik Bauunternehmung Gebäudereinigung Spedition Werkzeugbau Metallbau Tischlerei Bäckerei
Dachdeckerei Gartenbau Softwarehaus Steuerberatung Hausverwaltung Medizintechnik Druckerei Großhandel Kältetechnik Verlag
Ingenieurbüro Apotheke Autohaus Getränkehandel Landtechnik Logistik Sanitärtechnik Vermessung Werbeagentur""".split()
FORMS = ["GmbH"] * 10 + ["GmbH & Co. KG"] * 4 + ["AG", "KG", "OHG", "e.K.", "UG (haftungsbeschränkt)", "eG", "e.V."]
LONG_FORMS = {"GmbH": "Gesellschaft mit beschränkter Haftung", "AG": "Aktiengesellschaft", "e.V.": "eingetragener Verein",
              "KG": "Kommanditgesellschaft"}
SHORT_WORDS = {"Maschinenbau": "Masch.bau", "Bauunternehmung": "Bauunt.", "Gebäudereinigung": "Geb.reinigung",
               "Ingenieurbüro": "Ing.-Büro", "Elektrotechnik": "E-Technik", "Getränkehandel": "Getränkehdl."}
STREETS = """Industriestraße Gewerbestraße Bahnhofstraße Hauptstraße Hafenstraße Lagerstraße Werkstraße Siemensstraße Ringstraße
Boschstraße Dieselstraße Mühlenweg Feldstraße Schillerstraße Gartenweg Marktplatz Lindenallee Am_Anger Zum_Wasserwerk""".split()
# City, first postcode digits, and the range of its numbers that belongs to no one.
CITIES = [("Berlin", "10", "030 23125"), ("Hamburg", "20", "040 66969"), ("Köln", "50", "0221 4710"),
          ("Frankfurt am Main", "60", "069 90009"), ("München", "80", "089 99998")]
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})


def vat_id(digits):
    """With the check digit of ISO 7064, MOD 11,10."""
    product = 10
    for digit in digits:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    return f"DE{digits}{(11 - product) % 10}"


class Companies:
    def __init__(self, chance):
        self.chance = chance
        self.names = [f"{brand} {trade}" for brand in BRANDS for trade in TRADES]
        chance.shuffle(self.names)

    def site(self):
        city, prefix, phone = self.chance.choice(CITIES)
        street = self.chance.choice(STREETS).replace("_", " ")
        return dict(street=street, number=str(self.chance.randrange(1, 120)), city=city,
                    postcode=f"{prefix}{self.chance.randrange(1000):03d}", phone=f"{phone} {self.chance.randrange(1000):03d}")

    def all(self):
        """(entity, name, legal form, VAT id, website, sites): a company, or the franchisees of one brand."""
        entity = 0
        while entity < COMPANIES:
            name, form = self.names.pop(), self.chance.choice(FORMS)
            website = name.lower().translate(UMLAUTS).replace(" ", "-") + ".example"
            several = self.chance.random()
            franchisees = 3 if several < 0.03 else 1
            for _ in range(franchisees):
                sites = self.chance.choice([2, 2, 3, 4]) if franchisees == 1 and several > 0.93 else 1
                digits = str(self.chance.randrange(10**7, 10**8))
                yield entity, name, form, vat_id(digits), website, [self.site() for _ in range(sites)]
                entity += 1


class Spelling:
    """How one export spells a value."""

    def __init__(self, chance):
        self.chance = chance

    def sometimes(self, share):
        return self.chance.random() < share

    def typo(self, text):
        at = self.chance.randrange(1, len(text) - 1)
        return self.chance.choice([text[:at] + text[at + 1:], text[:at] + text[at] + text[at:],
                                   text[:at] + text[at + 1] + text[at] + text[at + 2:]])

    def name(self, name, form):
        if self.sometimes(0.12):
            name = " ".join(SHORT_WORDS.get(word, word) for word in name.split())
        if self.sometimes(0.06):
            name = self.typo(name)
        if self.sometimes(0.15):
            name = name.translate(UMLAUTS)
        if self.sometimes(0.10):
            name = name.upper()
        spelled = self.chance.random()
        if spelled < 0.15:
            return name
        if spelled < 0.25:
            form = form.replace(" & ", "&").replace("Co. ", "Co.")
        elif spelled < 0.35:
            form = LONG_FORMS.get(form, form)
        return f"{name} {form}" if not self.sometimes(0.1) else f"{name}, {form}"

    def street(self, street):
        if self.sometimes(0.4):
            street = street.replace("straße", "str.")
        elif self.sometimes(0.2):
            street = street.replace("straße", "strasse")
        return self.typo(street) if self.sometimes(0.04) else street

    def phone(self, phone):
        area, block, line = phone.split()
        return self.chance.choice([phone, f"{area}/{block}{line}", f"+49 {area[1:]} {block}{line}", f"({area}) {block}-{line}"])

    def or_nothing(self, share, text):
        return text if self.sometimes(share) else ""


def rows(chance):
    """(channel, cells, entity) of every record."""
    spelling, companies = Spelling(chance), Companies(chance)
    for entity, name, form, vat, website, sites in companies.all():
        for site in sites:
            for channel, share in [("suppliers", 0.75), ("leads", 0.7), ("invoices", 0.65)]:
                for _ in range(chance.choice([1, 1, 1, 1, 2])):
                    if not spelling.sometimes(share):
                        continue
                    at = companies.site() if spelling.sometimes(0.03) else site
                    street = f"{spelling.street(at['street'])} {at['number']}"
                    called, phone = spelling.name(name, form), spelling.phone(at["phone"])
                    if channel == "suppliers":
                        cells = [called, street, at["postcode"], at["city"], spelling.or_nothing(0.8, vat),
                                 spelling.or_nothing(0.6, phone)]
                    elif channel == "leads":
                        cells = [called, spelling.or_nothing(0.8, f"www.{website}"), spelling.or_nothing(0.7, phone),
                                 *([street, at["postcode"], at["city"]] if spelling.sometimes(0.7) else ["", "", at["city"]])]
                    else:
                        cells = [called, f"{street}, {at['postcode']} {at['city']}", spelling.or_nothing(0.5, vat)]
                    yield channel, cells, entity


LAYOUTS = {
    "suppliers": (";", ["Kreditorennummer", "Firma", "Straße", "PLZ", "Ort", "USt-IdNr.", "Telefon"]),
    "leads": (",", ["id", "company", "website", "phone", "street", "zip", "city"]),
    "invoices": (",", ["Belegnummer", "Firmenname", "Anschrift", "USt-IdNr"]),
}


def main(out):
    chance = random.Random(SEED)
    made = list(rows(chance))
    chance.shuffle(made)
    labels = []
    for channel, (delimiter, header) in LAYOUTS.items():
        text = io.StringIO(newline="")
        writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
        writer.writerow(header)
        of_channel = [(cells, entity) for of, cells, entity in made if of == channel]
        for number, (cells, entity) in enumerate(of_channel, start=1):
            name = f"{channel[0].upper()}{number:05d}"
            writer.writerow([name, *cells])
            labels.append((channel, name, entity))
        (out / f"{channel}.csv").write_text(text.getvalue(), encoding="utf-8", newline="")
    with open(out / "truth.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([("source", "record_id", "entity_id"), *sorted(labels)])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
