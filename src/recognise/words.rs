//! The header dictionary: spellings of every attribute, joined and folded
//! (`E-Mail-Adresse` stands as `emailadresse`). German and English in full,
//! the common ones in Polish, French, Italian, Spanish and Dutch. Data only:
//! each list is one text, its words parted by blanks.

use crate::record::Attribute::{self, *};

/// Spellings that mean one attribute and nothing else.
pub(super) const SPELLINGS: &[(Attribute, &str)] = &[
    (
        Title,
        "titel akademischertitel akadtitel nametitle nameprefix prefix honorific titulo titre \
         titolo tytul title degree acadtitle",
    ),
    (
        GivenName,
        "givenname firstname first forename vorname vornamen rufname fname1 gname namefirst \
         firstnm fstname frstname imie imie1 imiepierwsze prenom nombre nombres nomedibattesimo \
         voornaam roepnaam christianname pername1 perfname givname given personfirstname vname \
         namevor forename1 firstname1 givenname1 nickname preferredname forenames givennames \
         firstnames personname1",
    ),
    (
        MiddleName,
        "middlename middle middleinitial mi minitial zweitname zweitervorname vorname2 firstname2 \
         imie2 drugieimie secondname secondfirstname forename2 middlenames mname namemiddle \
         deuxiemeprenom segundonombre secondonome givenname2 weiterevornamen tussennaam midname \
         middleinit initials secondforename",
    ),
    (
        FamilyName,
        "familyname lastname last surname nachname familienname zuname namelast lname sname \
         lastnm lstname nazwisko nomdefamille apellido apellidos apellido1 cognome achternaam \
         familienaam pername2 perlname secname lastname1 lastname2 surname1 surname2 apellido2 \
         primerapellido segundoapellido sn personlastname nname famname family hausname \
         personname2 nomfamille",
    ),
    (
        BirthName,
        "birthname geburtsname maidenname madchenname maedchenname namenee nee geborene gebname \
         nomdenaissance nomdejeunefille nazwiskorodowe cognomedanubile nameatbirth fruherername \
         previouslastname formername previoussurname formersurname",
    ),
    (NameSuffix, "namesuffix suffix namenszusatz generation generationalsuffix namesfx"),
    (
        FullName,
        "fullname wholename completename vollername vollstandigername displayname anzeigename \
         nameganz personname kundenname customername contactname ansprechpartner kontaktname \
         nomcomplet nombrecompleto nomecompleto imienazwisko imieinazwisko volledigenaam \
         vorundnachname vornamenachname firstandsurname firstandlastname recipient empfanger \
         cardholder karteninhaber kontoinhaber accountholder clientname holdername patientname \
         membername personenname vornameundname namevorname vornamename naam nachnamevorname \
         lastnamefirstname buyername contactperson namefull fullnm",
    ),
    (
        Organisation,
        "organisation organization company companyname firma firmenname firmierung unternehmen \
         unternehmensname businessname orgname organisationname organizationname \
         organisationsname verein entreprise societe raisonsociale empresa razonsocial azienda \
         ragionesociale bedrijf bedrijfsnaam nazwafirmy firm legalname tradename handelsname \
         sitename institution employer arbeitgeber firmname vendor supplier lieferant \
         restaurantname storename shopname providername merchant facilityname facility \
         businesname accountname companynm org",
    ),
    (
        Email,
        "email emailadresse emailaddress mail mailadresse mailaddress emailadr emailid courriel \
         correo correoelectronico adresseemail adressemail indirizzoemail adresemail eml \
         emailaddr loginemail useremail contactemail elektronischepost epost adresmail mailadr \
         emadresse",
    ),
    (
        Phone,
        "phone telefon tel telnr telno telefonnummer telefonnr phonenumber phoneno phonenr mobile \
         mobil handy handynummer handynr mobilnummer mobilfunk mobilnr mobilephone mobiltelefon \
         cell cellphone cellular fax telefax faxnummer faxnumber telephone telephonenumber \
         rufnummer festnetz festnetznummer landline homephone workphone privattelefon telephoneno \
         telefono telefoon telefoonnummer portable gsm komorka numertelefonu nrtelefonu cellulare \
         movil fon phon contactnumber mobileno mobilenumber whatsapp durchwahl msisdn \
         daytimephone telefonprivat telefongeschaftlich telefonmobil mobiel telf ruf contactno",
    ),
    (
        Street,
        "street strasse str streetname strassenname strname strnam rue calle via ulica straat \
         straatnaam nomrue road roadname thoroughfare stname strt strassename indirizzovia \
         streetnm gasse",
    ),
    (
        HouseNumber,
        "housenumber hausnummer hausnr hnr hsenum houseno housenr streetnumber streetno hno \
         strassennummer numero numerodomu nrdomu huisnummer huisnr civico numerocivico numerorue \
         buildingnumber stnumber streetnum housenum addressnumber hausno hsnr hsno numvoie strnr \
         strassennr stno",
    ),
    (
        AddressExtra,
        "address2 addressline2 adresszusatz adresszeile2 adresse2 address3 addressline3 \
         addresssuffix unit unitnumber apartment apt aptnumber flat suite zusatz anschriftzusatz \
         co complementadresse complement etage floor stiege tur tuer top wohnung building gebaude \
         gebaeude line2 street2 strasse2 extraaddress aptno unitno flatnumber wohnungsnr \
         numermieszkania toevoeging huisnummertoevoeging addressextra adrzusatz addr2 \
         adresszusatz1 adresszusatz2 addressstreet2 streetaddress2",
    ),
    (
        Address,
        "address adresse anschrift address1 addressline1 addressline adresszeile1 adresse1 \
         streetaddress fulladdress postaladdress postanschrift lieferadresse rechnungsadresse \
         wohnadresse strassehausnummer strassehausnr strasseundhausnummer strassenr strasseundnr \
         strassenummer streetandnumber line1 street1 strasse1 direccion domicilio indirizzo adres \
         addr addr1 mailingaddress location plzort wohnort1 addressfull anschriftzeile1 strhnr \
         strhausnr addressstreet1 addressstreet meldeadresse adr residence residentialaddress \
         streetaddress1",
    ),
    (
        Postcode,
        "postcode postalcode zip zipcode plz postleitzahl codepostal cp codigopostal cap \
         codiceavviamento kodpocztowy postnr postcd postnummer pcode pc postal zip5 enumpc \
         addresszip pstcode postkode zipplus4 postcodezip postzip pcd",
    ),
    (
        City,
        "city ort stadt wohnort ortsname town suburb locality municipality gemeinde ville commune \
         ciudad localidad poblacion citta comune localita miasto miejscowosc stad plaats \
         woonplaats cityname posttown village addresscity townname place ortschaft cty citytown \
         towncity cite wohnsitz",
    ),
    (
        Region,
        "state region bundesland province provinz county canton kanton departement provincia \
         wojewodztwo provincie statecode stateprovince addressstate landkreis kreis federalstate \
         statename regione territory prov usstate",
    ),
    (
        Country,
        "country land staat countrycode landcode landercode laendercode lkz pays pais paese kraj \
         nation countryname iso isocountry countryiso nazione landkurz laenderkennzeichen \
         landerkennzeichen countryregion ctry",
    ),
    (
        BirthDate,
        "birthdate dateofbirth dob geburtsdatum gebdatum gebdat geburtstag gebtag birthday bday \
         dataur dataurodzenia datenaissance datedenaissance fechanacimiento fechadenacimiento \
         datanascita datadinascita geboortedatum geboren born geborenam bdate birthdt gebam \
         geburt dateborn datebirth naissance nacimiento dtofbirth birth urodzony birthdte geb",
    ),
    (
        BirthYear,
        "birthyear yearofbirth yob geburtsjahr jahrgang dobyear gebjahr byear dobyr rokurodzenia \
         anneenaissance birthyr geboortejaar anonacimiento annonascita dobyyyy yearbirth",
    ),
    (
        BirthMonth,
        "birthmonth monthofbirth mob geburtsmonat dobmonth dobmon gebmonat bmonth dobmm \
         moisnaissance miesiacurodzenia birthmon",
    ),
    (
        BirthDay,
        "birthday2 dayofbirth dobday gebtagdesmonats bday2 dobdd journaissance birthdayofmonth \
         dzienurodzenia geburtstagtag bdayofmonth",
    ),
    (Age, "age alter lebensalter wiek edad eta leeftijd agegroup altersgruppe ageyears"),
    (
        BirthPlace,
        "birthplace placeofbirth geburtsort lieunaissance lieudenaissance lugarnacimiento \
         luogonascita miejsceurodzenia geboorteplaats pob birthcity birthtown gebort",
    ),
    (
        Gender,
        "gender sex geschlecht sexe sexo sesso plec geslacht gendercode sexcode anrede salutation \
         civilite anredeschlussel geschl aanhef",
    ),
    (
        Nationality,
        "nationality nationalitat nationalitaet staatsangehorigkeit staatsangehoerigkeit \
         citizenship obywatelstwo nationalite nacionalidad nazionalita nationaliteit \
         staatsburgerschaft",
    ),
    (
        Occupation,
        "occupation beruf job jobtitle profession occup zawod metier profesion professione beroep \
         position tatigkeit taetigkeit berufsbezeichnung trade",
    ),
    (Iban, "iban ibannr bankkonto kontonummeriban ibannumber bankaccount"),
    (
        VatId,
        "vatid vat vatnumber ustid ustidnr umsatzsteuerid umsatzsteueridentifikationsnummer uid \
         uidnummer vatno tva numerotva partitaiva piva btwnummer mwstnummer mwstnr vatregno",
    ),
    (
        Website,
        "website webseite homepage url web internet internetseite siteweb domain webadresse www \
         internetadresse webaddress weburl strona",
    ),
    (
        SocialHandle,
        "socialhandle socialmedia socialmediahandle socialprofile socialurl socialnetwork handle \
         instagram instagramhandle instagramurl instagramname insta twitter twitterhandle \
         twitterurl twittername xhandle linkedin linkedinurl linkedinprofile linkedinprofil \
         facebook facebookurl facebookprofile facebookprofil facebookname fb tiktok \
         tiktokhandle xing xingurl xingprofil youtube youtubechannel profileurl",
    ),
    (Source, "source quelle channel kanal datasource datenquelle sourcesystem herkunft origin"),
    (
        UpdatedAt,
        "updatedat modifiedat lastmodified lastupdated geandertam geaendertam anderungsdatum \
         aenderungsdatum updated modified changedat lastchanged lastchange letzteanderung \
         letzteaenderung aktualisiertam updatedate updatetime modificationdate datemodified \
         lastupdate modifieddate standvom updatets updatedon modifiedon lastmodifieddate \
         dateupdated",
    ),
    (
        Consent,
        "consent optin einwilligung newsletter werbeerlaubnis marketingconsent emailconsent \
         permission newsletteroptin werbeeinwilligung gdprconsent dsgvo marketingoptin optout \
         werbesperre donotcontact emailoptin smsoptin marketingallowed acceptsmarketing \
         subscribed",
    ),
    (
        Carried,
        "createdat created erstelltam angelegtam creationdate erfasstam importedat createdon \
         datecreated anlagedatum createddate timestamp zeitstempel registeredat \
         registrierungsdatum registrationdate registrationts signupdate orderdate bestelldatum \
         lastlogin lastorder kaufdatum transactiondate ticketdate eintrittsdatum joindate note \
         notes notiz notizen bemerkung bemerkungen comment comments kommentar description \
         beschreibung remarks memo avatar picture image photo foto bild amount betrag umsatz \
         revenue price preis total summe quantity menge anzahl count points punkte balance saldo \
         password passwort passwordhash hash checksum orders bestellungen ordercount language \
         sprache locale status validfrom validuntil gultigbis lastseen lastvisit lastpurchase \
         letzterkauf orderid bestellnummer subscribedat customersince kundeseit message nachricht \
         subject betreff createddt filiale branch store category kategorie priority prioritat \
         prioritaet paymentmethod zahlungsart currency wahrung waehrung insertdate loaddate \
         longitude latitude lat lon lng",
    ),
];

/// Identifier schemes: the label, and the spellings that mean it, so that one
/// scheme bears one label in every table.
pub(super) const SCHEMES: &[(&str, &str)] = &[
    (
        "loyalty_id",
        "loyaltyid loyalty loyaltycard loyaltynumber loyaltyno kundenkarte kundenkartennummer \
         kundenkartennr bonuskarte treuekarte payback paybacknummer karte kartennr kartennummer \
         cardnumber cardno clubcard memberid membernumber mitgliedsnummer mitgliedsnr bonusnummer \
         loyaltycardnumber loyaltycardid rewardsid cartefidelite membershipid membershipnumber \
         cardid treuekartennummer customercard customercardnumber customercardno clientcard \
         kundenkartenid fidelitycard cartafedelta vorteilskarte bonuscard loyaltycardno",
    ),
    (
        "social_security_id",
        "socsecid ssn socialsecuritynumber socialsecurityid svnr sozialversicherungsnummer \
         ahvnummer ahv nino nationalinsurancenumber pesel nir bsn codicefiscale socsec \
         sozialversicherungsnr socialsecurity svnummer numerosecuritesociale ssnitin \
         rentenversicherungsnummer",
    ),
    (
        "tax_id",
        "taxid steuerid steuernummer steuernr tin nip dni nif steueridentifikationsnummer \
         taxnumber idnr",
    ),
    ("passport_id", "passport passportnumber passnummer reisepassnummer passportno reisepass passnr"),
    (
        "national_id",
        "nationalid personalausweis ausweisnummer ausweisnr idcardnumber identitycard idcard \
         personalid documentnumber personalausweisnummer",
    ),
    (
        "driving_licence_id",
        "drivinglicence driverslicense driverlicense fuhrerschein fuehrerschein licencenumber \
         licensenumber fuhrerscheinnummer fuehrerscheinnummer dlnumber",
    ),
    ("medical_record_id", "mrn mrns medicalrecordnumber patientid nhsnumber medicaid healthid kvnr"),
    (
        "register_id",
        "handelsregisternummer hrb hrbnummer registernummer companynumber registrationnumber \
         siren siret krs regon lei duns dunsnumber registrationno",
    ),
    ("device_id", "deviceid cookieid visitorid idfa gaid"),
    (
        "customer_id",
        "customerid customerno customernumber custid custno kundennr kundennummer kundenid kdnr \
         clientid accountid accountnumber userid benutzerid kundenno debitor debitorennummer \
         debitornr contactid personid kontaktid subscriberid crmid partnerid mandantennummer \
         guestid gastid leadid employeeid personalnummer klantnummer numeroclient patronid",
    ),
];

/// The scheme of [`SCHEMES`] that every channel numbers for itself.
pub(super) const OWN_SCHEME: &str = "customer_id";

/// Spellings that name the row itself.
pub(super) const RECORD_IDS: &str = "id recordid recid rowid row rownumber zeile zeilennummer lfdnr laufendenummer nr no index \
     idx pk key uuid guid datensatznummer datensatzid satznummer recno recordnumber uniqueid lfd \
     num entryid kontaktnummer objectid rid seq sequence recordkey sourceid";

/// Spellings whose meaning the values or the neighbours decide.
pub(super) const WHOLE_NAMES: &str =
    "name namen nom nome nazwa kunde customer person contact kontakt client nm";

/// Words before or after a spelling that say whose or which one it is.
pub(super) const QUALIFIERS: &str = "customer kunde kunden kd cust client billing shipping rechnung rechnungs liefer delivery \
     lieferung invoice contact kontakt person personal user benutzer member mitglied account \
     primary main haupt secondary home private privat work business geschaftlich geschaeftlich \
     dienstlich office mobile mobil current aktuell mailing postal residential default standard \
     fake raw clean orig original text value field feld spalte col column str txt per ship bill \
     to attr new old alt neu full the of der des c p x fld data info patient guest gast empfanger \
     recipient kaufer buyer subscriber nr no number nummer code area e festnetz dienst other \
     weitere zusatz optional year known legal registered std normalized normalised cleaned first \
     local";

/// Beginnings of German compounds that only say whose it is.
pub(super) const COMPOUND_HEADS: &str =
    "rechnungs liefer kunden kontakt haupt firmen privat versand empfanger kaufer melde";

/// Whether `word` stands in a list of this file.
pub(super) fn lists(list: &str, word: &str) -> bool {
    list.split_ascii_whitespace().any(|listed| listed == word)
}
