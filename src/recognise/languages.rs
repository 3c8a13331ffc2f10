//! The header dictionary for languages beyond those of `words`: spellings in
//! Latin letters, folded and joined as there, and headers in scripts that
//! Latin letters do not tell well, as they are written. Data only.

use crate::record::Attribute::{self, *};

/// Portuguese, the Nordic languages, Czech, Slovak, Hungarian, Romanian,
/// Turkish, Croatian, Serbian, Slovene, the Baltic languages and Indonesian,
/// and further spellings of the languages of `words`.
pub(super) const SPELLINGS: &[(Attribute, &str)] = &[
    (
        GivenName,
        "primeironome nomeproprio fornavn fornamn tilltalsnamn etunimi etunimet kutsumanimi krestnijmeno \
         jmenokrestni krstnemeno keresztnev utonev prenume prenumele adi onad eesnimi namadepan \
         nombredepila primernombre emri",
    ),
    (MiddleName, "mellemnavn mellomnavn mellannamn nomedomeio druhejmeno ikinciad segundonome"),
    (
        FamilyName,
        "sobrenome apelido ultimonome efternavn etternavn efternamn sukunimi prijmeni priezvisko \
         vezeteknev csaladnev numedefamilie soyad soyadi soyisim prezime priimek pavarde uzvards \
         perekonnanimi perenimi namabelakang cognom cognoms mbiemri",
    ),
    (
        BirthName,
        "rodneprijmeni rodnepriezvisko leanykorinev fodenavn flicknamn pikenavn tyttonimi \
         devojackoprezime djevojackoprezime kizliksoyadi nomedesolteira",
    ),
    (
        FullName,
        "fuldenavn fuldtnavn fulltnavn fullstandigtnamn kokonimi celejmeno jmenoaprijmeni \
         menoapriezvisko celemeno teljesnev numecomplet numesiprenume numeprenume adsoyad adisoyadi \
         adivesoyadi tamadi imeiprezime imeprezime punoime imeinpriimek vardaspavarde vardasirpavarde \
         taisnimi nominativo nomeecognome nomecognome cognomenome cognomeenome nometprenom nomprenom \
         prenomnom prenometnom nombreyapellidos nombreapellidos apellidosynombre namalengkap \
         nombrecliente nomecliente nomclient nomducontact",
    ),
    (
        Organisation,
        "razaosocial nomefantasia virksomhed firmanavn virksomhedsnavn bedrift selskap foretak foretag \
         foretagsnamn bolag yritys spolecnost nazevfirmy spolocnost ceg cegnev companie sirket sirketadi \
         tvrtka poduzece podjetje imone ettevote perusahaan compania nombreempresa denominacionsocial",
    ),
    (
        Email,
        "correio correioeletronico correioelectronico enderecoeletronico epostadress epostadresse \
         sahkoposti sahkopostiosoite eposta epostaadresi emailcim adresaemail emailadresa elpastas epasts \
         mejl mejladress emailadresi postaelettronica adressedemessagerie adressecourriel \
         adressedecourriel correoe",
    ),
    (
        Phone,
        "celular telemovel fone telefone telefonefixo telefonecelular tlf tlfnr hemtelefon puhelin \
         puhelinnumero matkapuhelin kannykka puh telefonnicislo telefonnecislo telefonszam mobilszam \
         nrtelefon ceptelefonu telefonnumarasi ceptel gsmno brojtelefona mobitel \
         telefonskastevilka telefonas mobilusis talrunis telefons telefoninumber telepon nomortelepon \
         nohp telefonofijo telefonomovil numeroditelefono telefonofisso telephoneportable telephonefixe \
         numerodetelephone numtel mobielnummer gsmnummer",
    ),
    (
        Street,
        "gade vej gate vei gadenavn vejnavn gatenavn veinavn gata gatunamn vag katu kadunnimi ulice utca \
         strada sokak cadde rua logradouro nombrecalle nombredelacalle nombrevia gatve iela tanav jalan \
         nomdelarue nomevia",
    ),
    (
        HouseNumber,
        "husnr husnummer gatunummer talonumero cislopopisne cislodomu hazszam kapino binano kucnibroj \
         hisnastevilka namonumeris",
    ),
    (AddressExtra, "complemento daire daireno bytc interno scala piso puerta"),
    (
        Address,
        "gadeadresse adress gatuadress postadress osoite katuosoite postiosoite lahiosoite adresa \
         ulicecislo cim lakcim cimsor adresi naslov adresas adrese aadress endereco morada alamat \
         direccionpostal adressepostale adressecomplete",
    ),
    (
        Postcode,
        "postinumero psc postovnismerovacicislo iranyitoszam irsz codpostal codulpostal postakodu \
         postanskibroj postnastevilka pastokodas pastaindekss postiindeks sihtnumber cep kodepos pincode \
         cpostal eircode postnumret",
    ),
    (
        City,
        "by bynavn poststed sted postort kaupunki paikkakunta postitoimipaikka mesto obec varos telepules \
         helyseg oras orasul localitate localitatea municipiu sehir ilce grad mjesto naselje miestas \
         pilseta linn cidade municipio localidade kota pueblo gemeente",
    ),
    (
        Region,
        "estado uf fylke lan maakunta okres megye judet judetul il zupanija comunidadautonoma apskritis maakond",
    ),
    (Country, "maa zeme stat krajina orszag tara ulke drzava salis valsts riik negara"),
    (
        BirthDate,
        "datadenascimento datanascimento nascimento dtnascimento dtnasc datanasc fodselsdato fodt \
         fodselsdag fodelsedatum fodd fodelsedag syntymaaika syntymapaiva datumnarozeni narozeni narozen \
         datumnarodenia szuletesidatum szuletesiido szuldatum szulido datanasterii datadenastere \
         dogumtarihi dogumgunu datumrodenja datumrodjenja datumrojstva gimimodata dzimsanasdatums sunniaeg \
         sunnikuupaev tanggallahir tgllahir neele datenaiss ddn natoil fechanac fechadenac geboortedag",
    ),
    (
        BirthYear,
        "anonascimento anodenascimento fodselsar fodelsear syntymavuosi roknarozeni roknarodenia \
         szuletesiev anulnasterii dogumyili godinarodenja godinarodjenja letorojstva anodenacimiento",
    ),
    (
        BirthPlace,
        "fodested fodelseort syntymapaikka mistonarozeni miestonarodenia szuletesihely loculnasterii \
         dogumyeri mjestorodenja mestorodjenja naturalidade localdenascimento lugardenacimiento",
    ),
    (Gender, "kon kjonn sukupuoli pohlavi pohlavie nem cinsiyet spol lytis dzimums sugu genero jeniskelamin"),
    (
        Nationality,
        "nacionalidade nationalitet statsborgerskab statsborgerskap medborgarskap kansalaisuus \
         statniobcanstvi statnaprislusnost allampolgarsag cetatenie uyruk drzavljanstvo pilietybe",
    ),
    (
        Occupation,
        "profissao yrke ammatti povolani foglalkozas meslek zanimanje poklic profesie erhverv stilling",
    ),
    (Age, "idade alder ika vek eletkor varsta yas starost"),
    (
        UpdatedAt,
        "fechamodificacion fechademodificacion datamodifica ultimamodifica datemodification \
         datedemodification derniermodification paivitetty senestopdateret dataatualizacao atualizadoem \
         datumzmeny datamodyfikacji gewijzigdop laatstgewijzigd",
    ),
];

/// Identifier schemes, as in `words`.
pub(super) const SCHEMES: &[(&str, &str)] = &[
    (
        "social_security_id",
        "rodnecislo cpr cprnr cprnummer personnummer fodselsnummer henkilotunnus hetu cnp tckimlik \
         tckimlikno oib emso jmbg asmenskodas isikukood personaskods nik aadhaar aadhaarnumber pps ppsn \
         curp numerodesecuritesociale numsecu numss",
    ),
    ("tax_id", "cpf rfc cuit cuil rut cf"),
    (
        "customer_id",
        "kundenr kundnr kundnummer kundenummer asiakasnumero cislozakaznika ugyfelszam musterino musteriid \
         codcliente codigocliente numcliente numerocliente idcliente codicecliente idclient numclient \
         kodklienta nrklienta idklienta",
    ),
    ("loyalty_id", "cartedefidelite numerocarte tarjetafidelidad numerotarjeta tesserafedelta klantenkaart"),
];

/// `name` in further languages: a given, a family or a whole name, as the
/// columns beside it tell.
pub(super) const WHOLE_NAMES: &str =
    "navn namn nimi jmeno meno nev nume numele ime isim ad nama vardas vards";

/// Headers that are not in Latin letters, joined. Of Chinese, Japanese and
/// Korean a header that ends in one of these says the same.
pub(super) const NATIVE: &[(Attribute, &str)] = &[
    (GivenName, "имя імя собственоиме личноеимя ονομα 名 الاسمالأول שםפרטי"),
    (MiddleName, "отчество побатькові презиме πατρωνυμο"),
    (
        FamilyName,
        "фамилия прізвище фамилно фамилноиме презимеифамилия επωνυμο επιθετο 姓 苗字 姓氏 성 اسمالعائلة اللقب \
         שםמשפחה",
    ),
    (
        FullName,
        "фио полноеимя піб имеифамилия ονοματεπωνυμο 氏名 名前 姓名 お客様名 顧客名 客户姓名 성명 이름 고객명 الاسمالكامل \
         الاسم שםמלא שם",
    ),
    (
        Organisation,
        "организация компания фирма організація компанія εταιρεια επωνυμια 会社名 法人名 企業名 公司 公司名称 公司名稱 회사 회사명 الشركة חברה",
    ),
    (
        Email,
        "почта эльпочта электроннаяпочта емейл имейл пошта електроннапошта ηλεκτρονικοταχυδρομειο メール \
         メールアドレス 邮箱 电子邮件 电子邮箱 電子郵件 이메일 전자우편 البريدالإلكتروني דואל אימייל",
    ),
    (
        Phone,
        "телефон номертелефона мобильный мобильныйтелефон номертелефону мобилен τηλεφωνο κινητο σταθερο 電話 \
         電話番号 携帯 携帯番号 携帯電話 电话 电话号码 手机 手机号 手机号码 联系电话 手機 전화 전화번호 휴대폰 휴대전화 연락처 الهاتف \
         رقمالهاتف الجوال טלפון נייד",
    ),
    (Street, "улица вулиця οδος 街道 רחוב"),
    (HouseNumber, "дом номердома будинок αριθμος 番地"),
    (AddressExtra, "квартира 建物名 マンション名"),
    (Address, "адрес адреса διευθυνση 住所 地址 住址 주소 العنوان כתובת"),
    (
        Postcode,
        "индекс почтовыйиндекс індекс поштовийіндекс пощенскикод τκ ταχκωδικας ταχυδρομικοςκωδικας 郵便番号 \
         邮编 邮政编码 郵遞區號 우편번호 الرمزالبريدي מיקוד",
    ),
    (City, "город населенныйпункт місто град πολη 市区町村 市町村 都市 城市 도시 시군구 المدينة עיר"),
    (Region, "область регион край νομος περιφερεια 都道府県 省份 省 시도 المنطقة מחוז"),
    (Country, "страна країна държава χωρα 国名 国 国家 國家 국가 나라 الدولة البلد מדינה ארץ"),
    (
        BirthDate,
        "датарождения деньрождения датанародження датанараждане рожденадата ημερομηνιαγεννησης 生年月日 \
         誕生日 出生日期 生日 생년월일 생일 تاريخالميلاد תאריךלידה",
    ),
    (BirthYear, "годрождения рікнародження 生年 出生年份"),
    (BirthPlace, "месторождения місценародження 出身地 出生地 مكانالميلاد"),
    (Gender, "пол стать φυλο 性別 性别 성별 الجنس מין מגדר"),
    (Age, "возраст вік ηλικια 年齢 年龄 나이 العمر גיל"),
    (Nationality, "гражданство громадянство εθνικοτητα 国籍 國籍 국적 الجنسية אזרחות"),
    (Occupation, "профессия должность професія επαγγελμα 職業 职业 직업 المهنة מקצוע"),
];

/// Identifier schemes in other scripts.
pub(super) const NATIVE_SCHEMES: &[(&str, &str)] = &[
    ("customer_id", "номерклиента кодклиента номерклієнта 顧客番号 お客様番号 客户编号 客户号 고객번호"),
    ("loyalty_id", "картаклиента номеркарты 会員番号 会员号 회원번호"),
    ("tax_id", "инн афм"),
    ("social_security_id", "снилс амка マイナンバー 身份证号 身份证号码 주민등록번호"),
];
