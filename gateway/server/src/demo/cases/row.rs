//! The rows of `cases.yaml`, as they are written.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::demo::persons::{DataError, PartialDate, Persons};

const FILE: &str = "cases.yaml";

/// The whole data file: case types, employees and cases.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rows {
    zaaktypen: BTreeMap<String, CaseType>,
    medewerkers: BTreeMap<String, Employee>,
    pub(super) zaken: Vec<Case>,
}

impl Rows {
    /// Reads the file and checks that all that a case names is written.
    pub(super) fn read(yaml: &str, persons: &Persons) -> Result<Self, DataError> {
        let rows: Self = serde_saphyr::from_str(yaml).map_err(|error| DataError::Unreadable {
            file: FILE,
            reason: error.to_string(),
        })?;
        for case in &rows.zaken {
            rows.check(case, persons)?;
        }
        Ok(rows)
    }

    fn check(&self, case: &Case, persons: &Persons) -> Result<(), DataError> {
        let unknown = |kind, name: &str| DataError::Unknown {
            in_file: FILE,
            kind,
            name: name.to_owned(),
        };
        if self.case_type(case).is_none() {
            return Err(unknown("the case type", &case.kind));
        }
        for role in &case.rollen {
            let known = match &role.who {
                Who::Person { bsn } => persons.get(bsn).is_some(),
                Who::Employee { medewerker } => self.employee(medewerker).is_some(),
            };
            if !known {
                let role = format!("a role in {}", case.nummer);
                return Err(unknown("the person", &role));
            }
        }
        Ok(())
    }

    pub(super) fn case_type(&self, case: &Case) -> Option<&CaseType> {
        self.zaaktypen.get(&case.kind)
    }

    pub(super) fn employee(&self, key: &str) -> Option<&Employee> {
        self.medewerkers.get(key)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CaseType {
    /// What the cases are, for who reads the data file.
    #[serde(rename = "omschrijving")]
    _description: String,
    /// A value of `vertrouwelijkheidaanduiding`.
    pub(super) vertrouwelijkheid: String,
    /// Days in which a case must be decided.
    pub(super) dagen: i64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Employee {
    pub(super) achternaam: String,
    pub(super) voorletters: String,
    pub(super) voorvoegsel: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    pub(super) nummer: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) omschrijving: String,
    pub(super) toelichting: Option<String>,
    pub(super) start: PartialDate,
    pub(super) verloop: Vec<Step>,
    pub(super) eind: Option<End>,
    pub(super) rollen: Vec<Role>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    pub(super) op: PartialDate,
    pub(super) status: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct End {
    pub(super) op: PartialDate,
    pub(super) resultaat: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Role {
    /// A value of `omschrijvingGeneriek`.
    pub(super) rol: String,
    #[serde(flatten)]
    pub(super) who: Who,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Who {
    Person { bsn: String },
    Employee { medewerker: String },
}
