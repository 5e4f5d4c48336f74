//! The fields that a question may ask for, per search type.
//!
//! From the schemas `Persoon`, `PersoonBeperkt` and `GezagPersoonBeperkt` of BRP Personen Bevragen
//! 2.x, without what is delivered automatically.

/// What a path of `fields` can point at.
#[derive(Clone, Copy, Debug)]
enum Field {
    /// A single value.
    Value,
    /// Delivered as a whole, whichever of these parts is asked for.
    Whole(&'static [&'static str]),
    /// Has fields of its own.
    Group(&'static [(&'static str, Field)]),
}

use Field::{Group, Value as One, Whole};

const DATE: Field = Whole(&["langFormaat", "type", "datum", "onbekend", "jaar", "maand"]);
const TABLE: Field = Whole(&["code", "omschrijving"]);
const TITLE: Field = Whole(&["code", "omschrijving", "soort"]);
const EVENT: Field = Group(&[("datum", DATE), ("land", TABLE), ("plaats", TABLE)]);
const DATE_ONLY: Field = Group(&[("datum", DATE)]);

const RELATIVE_NAME: Field = Group(&[
    ("adellijkeTitelPredicaat", TITLE),
    ("geslachtsnaam", One),
    ("voorletters", One),
    ("voornamen", One),
    ("voorvoegsel", One),
]);

const NAME: Field = Group(&[
    ("adellijkeTitelPredicaat", TITLE),
    ("geslachtsnaam", One),
    ("volledigeNaam", One),
    ("voorletters", One),
    ("voornamen", One),
    ("voorvoegsel", One),
    ("aanduidingNaamgebruik", TABLE),
]);

const NAME_LIMITED: Field = Group(&[
    ("adellijkeTitelPredicaat", TITLE),
    ("geslachtsnaam", One),
    ("volledigeNaam", One),
    ("voorletters", One),
    ("voornamen", One),
    ("voorvoegsel", One),
]);

const SALUTATION: Field = Group(&[("aanspreekvorm", One), ("naam", One)]);

/// Authority is delivered as a whole: its schema makes most of it mandatory.
const AUTHORITY: Field = Whole(&[
    "type",
    "minderjarige",
    "minderjarige.burgerservicenummer",
    "ouders",
    "ouders.burgerservicenummer",
    "ouder",
    "ouder.burgerservicenummer",
    "derde",
    "derde.burgerservicenummer",
    "derden",
    "derden.burgerservicenummer",
]);

const HOME_ADDRESS: &[(&str, Field)] = &[
    ("aanduidingBijHuisnummer", TABLE),
    ("huisletter", One),
    ("huisnummer", One),
    ("huisnummertoevoeging", One),
    ("korteStraatnaam", One),
    ("officieleStraatnaam", One),
    ("postcode", One),
    ("woonplaats", One),
    ("locatiebeschrijving", One),
];

const ANY_ADDRESS: Field = Group(&[
    ("aanduidingBijHuisnummer", TABLE),
    ("huisletter", One),
    ("huisnummer", One),
    ("huisnummertoevoeging", One),
    ("korteStraatnaam", One),
    ("officieleStraatnaam", One),
    ("postcode", One),
    ("woonplaats", One),
    ("locatiebeschrijving", One),
    ("land", TABLE),
    ("regel1", One),
    ("regel2", One),
    ("regel3", One),
]);

/// What may be asked of a person who is named by number (`Persoon`).
const PERSON: &[(&str, Field)] = &[
    ("aNummer", One),
    (
        "adressering",
        Group(&[
            ("adresregel1", One),
            ("adresregel2", One),
            ("adresregel3", One),
            ("land", TABLE),
            ("aanhef", One),
            ("aanschrijfwijze", SALUTATION),
            ("gebruikInLopendeTekst", One),
        ]),
    ),
    (
        "adresseringBinnenland",
        Group(&[
            ("adresregel1", One),
            ("adresregel2", One),
            ("aanhef", One),
            ("aanschrijfwijze", SALUTATION),
            ("gebruikInLopendeTekst", One),
        ]),
    ),
    ("burgerservicenummer", One),
    ("datumEersteInschrijvingGBA", DATE),
    ("datumInschrijvingInGemeente", DATE),
    (
        "europeesKiesrecht",
        Group(&[("aanduiding", TABLE), ("einddatumUitsluiting", DATE)]),
    ),
    ("geboorte", EVENT),
    ("gemeenteVanInschrijving", TABLE),
    ("geslacht", TABLE),
    ("gezag", AUTHORITY),
    (
        "immigratie",
        Group(&[
            ("datumVestigingInNederland", DATE),
            ("indicatieVestigingVanuitBuitenland", One),
            ("landVanwaarIngeschreven", TABLE),
            ("vanuitVerblijfplaatsOnbekend", One),
        ]),
    ),
    ("indicatieCurateleRegister", One),
    ("indicatieGezagMinderjarige", TABLE),
    (
        "kinderen",
        Group(&[
            ("burgerservicenummer", One),
            ("geboorte", EVENT),
            ("naam", RELATIVE_NAME),
        ]),
    ),
    ("leeftijd", One),
    ("naam", NAME),
    (
        "nationaliteiten",
        Group(&[
            ("redenOpname", TABLE),
            ("type", One),
            ("datumIngangGeldigheid", DATE),
            ("nationaliteit", TABLE),
        ]),
    ),
    (
        "ouders",
        Group(&[
            ("burgerservicenummer", One),
            ("datumIngangFamilierechtelijkeBetrekking", DATE),
            ("geboorte", EVENT),
            ("geslacht", TABLE),
            ("naam", RELATIVE_NAME),
            ("ouderAanduiding", One),
        ]),
    ),
    ("overlijden", EVENT),
    (
        "partners",
        Group(&[
            ("aangaanHuwelijkPartnerschap", EVENT),
            ("burgerservicenummer", One),
            ("geboorte", EVENT),
            ("geslacht", TABLE),
            ("naam", RELATIVE_NAME),
            ("ontbindingHuwelijkPartnerschap", DATE_ONLY),
            ("soortVerbintenis", TABLE),
        ]),
    ),
    (
        "uitsluitingKiesrecht",
        Group(&[("einddatum", DATE), ("uitgeslotenVanKiesrecht", One)]),
    ),
    (
        "verblijfplaats",
        Group(&[
            ("type", One),
            ("datumIngangGeldigheid", DATE),
            ("datumVan", DATE),
            ("verblijfadres", ANY_ADDRESS),
            ("adresseerbaarObjectIdentificatie", One),
            ("functieAdres", TABLE),
            ("nummeraanduidingIdentificatie", One),
        ]),
    ),
    (
        "verblijfplaatsBinnenland",
        Group(&[
            ("type", One),
            ("datumIngangGeldigheid", DATE),
            ("datumVan", DATE),
            ("verblijfadres", Group(HOME_ADDRESS)),
            ("adresseerbaarObjectIdentificatie", One),
            ("functieAdres", TABLE),
            ("nummeraanduidingIdentificatie", One),
        ]),
    ),
    (
        "verblijfstitel",
        Group(&[
            ("aanduiding", TABLE),
            ("datumEinde", DATE),
            ("datumIngang", DATE),
        ]),
    ),
];

/// What may be asked of persons who are searched for (`PersoonBeperkt`).
const PERSON_LIMITED: &[(&str, Field)] = &[
    (
        "adressering",
        Group(&[
            ("adresregel1", One),
            ("adresregel2", One),
            ("adresregel3", One),
            ("land", TABLE),
        ]),
    ),
    (
        "adresseringBinnenland",
        Group(&[("adresregel1", One), ("adresregel2", One)]),
    ),
    ("burgerservicenummer", One),
    ("geboorte", DATE_ONLY),
    ("geslacht", TABLE),
    ("leeftijd", One),
    ("naam", NAME_LIMITED),
];

/// `PersoonBeperkt` with authority, for a search by dwelling (`GezagPersoonBeperkt`).
const AUTHORITY_ONLY: &[(&str, Field)] = &[("gezag", AUTHORITY)];

/// Which fields a search may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Askable {
    /// All of `Persoon`.
    Person,
    /// Those of `PersoonBeperkt`.
    Limited,
    /// Those of `GezagPersoonBeperkt`.
    LimitedWithAuthority,
}

impl Askable {
    /// The fields that are delivered for `path`, each as the steps to it from the person; none when
    /// the path names no field. A group stands for those of its fields that may be asked.
    pub(super) fn find(self, path: &str) -> Option<Vec<Vec<&'static str>>> {
        match self {
            Self::Person => find(PERSON, path),
            Self::Limited => find(PERSON_LIMITED, path),
            Self::LimitedWithAuthority => {
                find(PERSON_LIMITED, path).or_else(|| find(AUTHORITY_ONLY, path))
            }
        }
    }
}

fn find(fields: &'static [(&'static str, Field)], path: &str) -> Option<Vec<Vec<&'static str>>> {
    let (first, rest) = match path.split_once('.') {
        Some((first, rest)) => (first, Some(rest)),
        None => (path, None),
    };
    let (name, field) = fields.iter().find(|(name, _)| *name == first)?;
    let mut found = match (field, rest) {
        (Group(fields), Some(rest)) => find(fields, rest)?,
        (Group(fields), None) => all(fields),
        (Whole(parts), Some(rest)) => parts.contains(&rest).then(|| vec![Vec::new()])?,
        (One, Some(_)) => return None,
        (One | Whole(_), None) => vec![Vec::new()],
    };
    for steps in &mut found {
        steps.insert(0, name);
    }
    Some(found)
}

fn all(fields: &'static [(&'static str, Field)]) -> Vec<Vec<&'static str>> {
    fields
        .iter()
        .flat_map(|(name, _)| find(fields, name).unwrap_or_default())
        .collect()
}

#[cfg(test)]
impl Askable {
    /// Every path that may be asked, parents before their parts.
    pub(super) fn paths(self) -> Vec<String> {
        let mut paths = Vec::new();
        match self {
            Self::Person => list(PERSON, "", &mut paths),
            Self::Limited => list(PERSON_LIMITED, "", &mut paths),
            Self::LimitedWithAuthority => {
                list(PERSON_LIMITED, "", &mut paths);
                list(AUTHORITY_ONLY, "", &mut paths);
            }
        }
        paths
    }
}

#[cfg(test)]
fn list(fields: &[(&str, Field)], before: &str, paths: &mut Vec<String>) {
    for (name, field) in fields {
        let path = format!("{before}{name}");
        paths.push(path.clone());
        match field {
            One => {}
            Whole(parts) => paths.extend(parts.iter().map(|part| format!("{path}.{part}"))),
            Group(fields) => list(fields, &format!("{path}."), paths),
        }
    }
}
