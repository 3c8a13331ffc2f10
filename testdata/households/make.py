#!/usr/bin/env python3
"""Makes two exports of invented people who live together, with the truth.

    make.py OUT_DIR

Standard library only; the seed stands below, so that every run gives the same files. An entity is
a household: who lives in one flat. Several flats share a street and number.
"""
import csv
import io
import random
import sys
from pathlib import Path

SEED, BUILDINGS = 3, 700
GIVEN = """Anna Ben Clara David Emil Finn Greta Hanna Ida Jonas Karl Lea Mats Nele Oskar Paul Ronja Simon Tilda Ute Volker Wiebke
Anton Birgit Claus Dörte Erik Frieda Gerd Heike Inge Jörg Katrin Lars Marlene Norbert Olga Petra Rolf Silke Thea Uwe Yusuf Zeynep
Aylin Mehmet Sofia Luca Mila Noah Emma Leon Marie Lukas Sophie Jan Julia Felix""".split()
FAMILY = """Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Richter Klein Wolf Schröder
Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Werner Krause Lehmann Köhler Herrmann König Mayer Huber Kaiser Fuchs
Scholz Möller Weiß Jung Hahn Keller Vogel Roth Beck Lorenz Böhm Winter Kraus Schumacher Krämer Vogt Stein Jäger Sommer Groß Seidel
Brandt Haas Schreiber Graf Dietrich Ziegler Kuhn Pohl Engel Horn Busch Voigt Sauer Arnold Yılmaz Kaya Demir Nowak Kowalski Rossi
Petrović Hansen Jansen Petersen Behrens Ahlers Brinkmann Overbeck Tiedemann Lüders Harms Wulff Rathje Timm""".split()
STREETS = """Hauptstraße Schulstraße Gartenstraße Bahnhofstraße Wiesenweg Bergstraße Birkenweg Lindenstraße Kirchstraße Waldstraße
Ringstraße Schillerstraße Amselweg Goethestraße Mühlenweg Buchenweg Feldstraße Finkenweg Ahornweg Rosenstraße Mozartstraße
Parkstraße Talstraße Lerchenweg Friedrichstraße Am_Sportplatz Königsallee Große_Gasse""".split()
# City, postcodes, and the range of its numbers that belongs to no one.
CITIES = [("Berlin", "10", "030 23125"), ("Hamburg", "20", "040 66969"), ("Köln", "50", "0221 4710"),
          ("Frankfurt am Main", "60", "069 90009"), ("München", "80", "089 99998")]
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ö": "Oe", "Ü": "Ue", "ı": "i", "ć": "c"})


def typo(chance, text):
    at = chance.randrange(1, len(text) - 1)
    return chance.choice([text[:at] + text[at + 1:], text[:at] + text[at] + text[at:],
                          text[:at] + text[at + 1] + text[at] + text[at + 2:]])


def households(chance):
    """(address, landline, people) of each household, building by building."""
    for _ in range(BUILDINGS):
        city, prefix, phone = chance.choice(CITIES)
        address = dict(street=chance.choice(STREETS).replace("_", " "), number=f"{chance.randrange(1, 150)}{chance.choice(['', '', '', 'a', 'b'])}",
                       postcode=f"{prefix}{chance.randrange(40):03d}", city=city)
        for _ in range(chance.choice([1, 1, 1, 2, 4])):
            landline = f"{phone} {chance.randrange(1000):03d}" if chance.random() < 0.6 else ""
            family = chance.choice(FAMILY)
            names = [family] * chance.choice([1, 1, 2, 2, 3, 4])
            # A partner, or the child of one, of another name.
            names = [chance.choice(FAMILY) if at and chance.random() < 0.12 else name for at, name in enumerate(names)]
            yield address, landline, [(given, name) for given, name in zip(chance.sample(GIVEN, len(names)), names)]


def spelled_street(chance, street):
    if chance.random() < 0.4:
        street = street.replace("straße", chance.choice(["str.", "strasse", " Str."]))
    return typo(chance, street) if chance.random() < 0.03 else street


def spelled_name(chance, name):
    if chance.random() < 0.12:
        name = name.translate(UMLAUTS)
    if chance.random() < 0.05:
        name = typo(chance, name)
    return name.upper() if chance.random() < 0.06 else name


def rows(chance):
    """(channel, cells, household) of every record."""
    for household, (address, landline, people) in enumerate(households(chance)):
        for given, family in people:
            for channel, share in [("crm", 0.7), ("shop", 0.6)]:
                if chance.random() >= share:
                    continue
                street, number = spelled_street(chance, address["street"]), address["number"]
                phone = landline if chance.random() < 0.6 else ""
                name = spelled_name(chance, family)
                if channel == "crm":
                    yield channel, [given, name, street, number, address["postcode"], address["city"], phone], household
                else:
                    postcode = "" if chance.random() < 0.05 else address["postcode"]
                    yield channel, [f"{given} {name}", f"{street} {number}", postcode, address["city"], phone], household


LAYOUTS = {
    "crm": (";", ["Kundennummer", "Vorname", "Nachname", "Straße", "Hausnummer", "PLZ", "Ort", "Telefon"]),
    "shop": (",", ["customer_id", "name", "street", "zip", "city", "phone"]),
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
        of_channel = [(cells, household) for of, cells, household in made if of == channel]
        for number, (cells, household) in enumerate(of_channel, start=1):
            name = f"{channel[0].upper()}{number:05d}"
            writer.writerow([name, *cells])
            labels.append((channel, name, household))
        (out / f"{channel}.csv").write_text(text.getvalue(), encoding="utf-8", newline="")
    with open(out / "truth.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([("source", "record_id", "entity_id"), *sorted(labels)])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
