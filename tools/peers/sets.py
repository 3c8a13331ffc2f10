"""The labelled sets: which columns of each are what, how they are cleaned for engines that clean nothing
themselves, what agrees in pairs worth comparing. Engines are set up from this and from their own
documentation, not from the truth.
"""


class Person:
    """How engines are told to see a set of people: which columns are what."""

    def __init__(self, given, family, date=None, email=None, phone=None, postcode=None, street=None, exact=(), frequent=(),
                 deterministic=(), blocking=(), training=(), recall=0.7, link_only=False, names_apart=False, country=None):
        self.names_apart, self.country = names_apart, country
        self.given, self.family, self.date, self.email, self.phone = given, family, date, email, phone
        self.postcode, self.street, self.exact, self.frequent = postcode, street, exact, frequent
        self.deterministic, self.blocking, self.training = deterministic, blocking, training
        self.recall, self.link_only = recall, link_only

    def kinds(self):
        """What each column holds: text compared by likeness, codes compared by edits, or values that agree or not."""
        texts = {name: "text" for name in (self.given, self.family, self.email, self.street) if name}
        codes = {name: "code" for name in (self.date, self.phone, self.postcode) if name}
        return texts | codes | {name: "exact" for name in self.exact} | {name: "frequent" for name in self.frequent}

    def comparisons(self, cl):
        """The same for Splink."""
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

    def kinds(self):
        phone = {self.phone: "code"} if self.phone else {}
        return {self.name: "text", self.address: "text"} | phone | {name: "exact" for name in self.exact}

    def comparisons(self, cl):
        found = [cl.JaroWinklerAtThresholds(self.name, [0.95, 0.88, 0.8]), cl.JaroWinklerAtThresholds(self.address, [0.95, 0.88])]
        if self.phone:
            found.append(cl.DamerauLevenshteinAtThresholds(self.phone, [1]))
        return found + [cl.ExactMatch(column).configure(term_frequency_adjustments=True) for column in self.exact]


# A blocking rule is a tuple of expressions that must agree, or a condition.
SWAPPED = ["l.{given} = r.{family} and l.{family} = r.{given}"]


def settings_by_hand():
    """Per set: the columns it is prepared with (SQL over the raw ones, folded before), and how they are compared."""
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
               training=[("born", "postcode"), ("given_name", "family_name")], recall=0.8, names_apart=True, country="DE"))
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


def load(folder):
    """A set cleaned for engines that clean nothing: the database with its table `prepared`, how it is compared, and
    the blocking rules as tuples of columns (an expression that has to agree becomes a column of its own)."""
    import duckdb

    columns, by_hand = settings_by_hand()[folder.name]
    database = duckdb.connect()
    prepare(database, folder, columns)
    expressions = sorted({part for rule in by_hand.blocking for part in rule if "(" in part})
    key = {expression: f"key{at}" for at, expression in enumerate(expressions)}
    made = "".join(f", {expression} AS {name}" for expression, name in key.items())
    database.execute(f"CREATE TABLE prepared AS SELECT *{made} FROM people ORDER BY unique_id")
    return database, by_hand, [tuple(key.get(part, part) for part in rule) for rule in by_hand.blocking]
