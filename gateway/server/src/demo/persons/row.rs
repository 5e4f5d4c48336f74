//! The rows of `persons.yaml`, as they are written.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::date::PartialDate;
use super::{DataError, name};

const FILE: &str = "persons.yaml";

/// The whole data file: code tables, addresses and persons.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::demo) struct Rows {
    gemeenten: BTreeMap<String, String>,
    landen: BTreeMap<String, String>,
    nationaliteiten: BTreeMap<String, String>,
    redenen: BTreeMap<String, String>,
    adressen: BTreeMap<String, Address>,
    personen: Vec<Person>,
}

impl Rows {
    /// Reads the file and checks that all that a person names is written.
    pub(super) fn read(yaml: &str) -> Result<Self, DataError> {
        let rows: Self = serde_saphyr::from_str(yaml).map_err(|error| DataError::Unreadable {
            file: FILE,
            reason: error.to_string(),
        })?;
        rows.check()?;
        Ok(rows)
    }

    fn check(&self) -> Result<(), DataError> {
        let unknown = |kind, name: &str| DataError::Unknown {
            in_file: FILE,
            kind,
            name: name.to_owned(),
        };
        for (index, person) in self.personen.iter().enumerate() {
            if let Some(key) = &person.adres
                && !self.adressen.contains_key(key)
            {
                return Err(unknown("the address", key));
            }
            for nationality in &person.nationaliteiten {
                if let Some(code) = &nationality.code
                    && !self.nationaliteiten.contains_key(code)
                {
                    return Err(unknown("the nationality", code));
                }
            }
            let related = person
                .ouders
                .iter()
                .chain(person.partner.iter().map(|partner| &partner.bsn));
            for bsn in related {
                if !self.personen.iter().any(|other| other.bsn == *bsn) {
                    let row = format!("a relative of row {}", index + 1);
                    return Err(unknown("the person", &row));
                }
            }
        }
        Ok(())
    }

    pub(super) fn persons(&self) -> &[Person] {
        &self.personen
    }

    pub(in crate::demo) fn address(&self, key: &str) -> Option<&Address> {
        self.adressen.get(key)
    }

    pub(in crate::demo) fn municipality(&self, code: &str) -> Option<&str> {
        self.gemeenten.get(code).map(String::as_str)
    }

    pub(super) fn country(&self, code: &str) -> Option<&str> {
        self.landen.get(code).map(String::as_str)
    }

    pub(super) fn nationality(&self, code: &str) -> Option<&str> {
        self.nationaliteiten.get(code).map(String::as_str)
    }

    pub(super) fn reason(&self, code: &str) -> Option<&str> {
        self.redenen.get(code).map(String::as_str)
    }
}

/// An address in the Netherlands.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::demo) struct Address {
    pub(in crate::demo) straat: String,
    /// The street in at most 24 characters, where its name is longer.
    pub(super) kort: Option<String>,
    pub(in crate::demo) huisnummer: u32,
    pub(in crate::demo) huisletter: Option<String>,
    pub(in crate::demo) toevoeging: Option<String>,
    pub(in crate::demo) postcode: String,
    pub(in crate::demo) woonplaats: String,
    pub(in crate::demo) gemeente: String,
    /// Sequence number, of which the BAG identifications are made.
    bag: u64,
}

impl Address {
    /// BAG identification of the dwelling: municipality, object type 01, sequence number.
    pub(in crate::demo) fn dwelling_id(&self) -> String {
        format!("{}01{:010}", self.gemeente, self.bag)
    }

    /// BAG identification of the address itself: municipality, object type 20, sequence number.
    pub(in crate::demo) fn number_id(&self) -> String {
        format!("{}20{:010}", self.gemeente, self.bag)
    }
}

/// One person, as written in the data file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    pub(super) bsn: String,
    pub(super) anummer: String,
    pub(super) voornamen: String,
    pub(super) voorvoegsel: Option<String>,
    pub(super) geslachtsnaam: String,
    pub(super) titel: Option<String>,
    pub(super) geslacht: Sex,
    #[serde(default)]
    pub(super) naamgebruik: NameUse,
    pub(super) geboren: Birth,
    #[serde(default)]
    pub(super) ouders: Vec<String>,
    pub(super) partner: Option<Partner>,
    #[serde(default)]
    pub(super) nationaliteiten: Vec<Nationality>,
    pub(super) adres: Option<String>,
    pub(super) buitenland: Option<Abroad>,
    pub(super) locatie: Option<Location>,
    #[serde(default)]
    pub(super) verblijfplaats_onbekend: bool,
    pub(super) sinds: PartialDate,
    pub(super) gemeente: Option<String>,
    pub(super) in_gemeente_sinds: Option<PartialDate>,
    #[serde(default)]
    pub(super) geheimhouding: bool,
    pub(super) overleden: Option<Birth>,
    pub(super) opschorting: Option<Suspension>,
    pub(super) immigratie: Option<Immigration>,
    #[serde(default)]
    pub(super) europees_kiesrecht: bool,
    pub(super) uitgesloten_van_kiesrecht: Option<PartialDate>,
    #[serde(default)]
    pub(super) curatele: bool,
    pub(super) verblijfstitel: Option<Residence>,
    pub(super) onderzoek: Option<Inquiry>,
    #[serde(default)]
    pub(super) niet_op_adres: bool,
    pub(super) rni: Option<Rni>,
}

impl Person {
    /// Burgerservicenummer, nine digits.
    #[must_use]
    pub fn bsn(&self) -> &str {
        &self.bsn
    }

    /// Given names, separated by spaces.
    #[must_use]
    pub fn given_names(&self) -> &str {
        &self.voornamen
    }

    /// What stands before the surname: `van der`.
    #[must_use]
    pub fn prefix(&self) -> Option<&str> {
        self.voorvoegsel.as_deref()
    }

    /// Own surname without prefix. A person of whom none is known has none.
    #[must_use]
    pub fn surname(&self) -> Option<&str> {
        Some(self.geslachtsnaam.as_str()).filter(|name| *name != ".")
    }

    /// A-nummer: the person's number in the administration of the municipalities, ten digits.
    #[must_use]
    pub fn administration_number(&self) -> &str {
        &self.anummer
    }

    /// First letters of the given names, each with a point.
    #[must_use]
    pub fn initials(&self) -> String {
        name::initials(self)
    }

    /// Burgerservicenummers of the parents, at most two.
    #[must_use]
    pub fn parents(&self) -> &[String] {
        &self.ouders
    }

    /// Whether the person has died.
    #[must_use]
    pub fn is_deceased(&self) -> bool {
        self.overleden.is_some()
    }

    pub(in crate::demo) fn born(&self) -> PartialDate {
        self.geboren.op
    }

    pub(in crate::demo) fn sex_code(&self) -> &'static str {
        self.geslacht.code()
    }

    pub(in crate::demo) fn address_key(&self) -> Option<&str> {
        self.adres.as_deref()
    }

    /// Code of the municipality where the person is, or last was, registered.
    pub(in crate::demo) fn municipality_code<'a>(&'a self, rows: &'a Rows) -> Option<&'a str> {
        self.gemeente
            .as_deref()
            .or_else(|| self.locatie.as_ref().map(|place| place.gemeente.as_str()))
            .or_else(|| {
                let address = rows.address(self.adres.as_deref()?)?;
                Some(address.gemeente.as_str())
            })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(super) enum Sex {
    #[serde(rename = "M")]
    Male,
    #[serde(rename = "V")]
    Female,
    #[serde(rename = "O")]
    Unknown,
}

impl Sex {
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Male => "M",
            Self::Female => "V",
            Self::Unknown => "O",
        }
    }

    pub(super) fn description(self) -> &'static str {
        match self {
            Self::Male => "man",
            Self::Female => "vrouw",
            Self::Unknown => "onbekend",
        }
    }
}

/// Which surname the person goes by (BRP element 61.10).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub(super) enum NameUse {
    #[default]
    #[serde(rename = "E")]
    Own,
    #[serde(rename = "P")]
    Partner,
    #[serde(rename = "V")]
    PartnerThenOwn,
    #[serde(rename = "N")]
    OwnThenPartner,
}

/// Where and when someone was born or died.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Birth {
    pub(super) op: PartialDate,
    /// Code of a Dutch municipality, or the name of a place abroad.
    pub(super) plaats: Option<String>,
    pub(super) land: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Partner {
    pub(super) bsn: String,
    /// `H` marriage, `P` registered partnership.
    pub(super) soort: String,
    pub(super) op: PartialDate,
    pub(super) plaats: Option<String>,
    pub(super) land: Option<String>,
    pub(super) ontbonden: Option<PartialDate>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nationality {
    pub(super) code: Option<String>,
    pub(super) reden: Option<String>,
    pub(super) sinds: Option<PartialDate>,
    #[serde(default)]
    pub(super) staatloos: bool,
    #[serde(default)]
    pub(super) onbekend: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Abroad {
    pub(super) land: String,
    pub(super) regel1: String,
    pub(super) regel2: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Location {
    pub(super) beschrijving: String,
    pub(super) gemeente: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Suspension {
    /// `E` emigration, `R` registration of non-residents.
    pub(super) reden: String,
    pub(super) op: PartialDate,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Immigration {
    pub(super) land: String,
    pub(super) op: PartialDate,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Residence {
    pub(super) code: String,
    pub(super) omschrijving: String,
    pub(super) ingang: PartialDate,
    pub(super) einde: Option<PartialDate>,
}

/// Data that the municipality doubts and is looking into.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Inquiry {
    pub(super) deel: Part,
    pub(super) sinds: PartialDate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Part {
    Adres,
    Naam,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rni {
    pub(super) code: String,
    pub(super) omschrijving: String,
    pub(super) verificatie: String,
    pub(super) op: PartialDate,
}
