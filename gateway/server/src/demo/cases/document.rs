//! From rows to the resources of a case system (ZGW Zaken API 1.5.1).

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Value, json};
use time::{Date, Duration};
use uuid::{Builder, Uuid};

use super::row::{Case, End, Role, Rows, Step, Who};
use crate::demo::parties::VOORBEELD;
use crate::demo::persons::{PartialDate, Person, Persons};

/// Where the case types would be found; the demo has no catalogue.
const CATALOGUE: &str = "https://catalogi.voorbeeld.example/catalogi/api/v1";

/// For how long a closed case is kept before it is destroyed.
const KEPT_YEARS: i32 = 10;

/// The resources of all cases, each list in the order of the data file.
#[derive(Clone, Debug, Default)]
pub struct Documents {
    /// `Zaak`.
    pub zaken: Vec<Value>,
    /// `Rol`, with the identification of the person or the employee.
    pub rollen: Vec<Value>,
    /// `Status`, of a case in the order of its course.
    pub statussen: Vec<Value>,
    /// `Resultaat`, of the closed cases.
    pub resultaten: Vec<Value>,
}

impl Documents {
    /// The cases in which the person with this burgerservicenummer has a role.
    pub fn cases_of<'a>(&'a self, bsn: &'a str) -> impl Iterator<Item = &'a Value> {
        self.zaken.iter().filter(move |zaak| {
            self.rollen.iter().any(|rol| {
                rol.get("zaak") == zaak.get("url")
                    && rol
                        .pointer("/betrokkeneIdentificatie/inpBsn")
                        .is_some_and(|number| number == bsn)
            })
        })
    }
}

/// All resources, with URLs under `base`.
pub(super) fn of(rows: &Rows, persons: &Persons, base: &str) -> Documents {
    let mut documents = Documents::default();
    for case in &rows.zaken {
        let address = Address::new(base, "zaken", &case.nummer);
        let roles: Vec<(Address, &Role)> = addressed(base, "rollen", case, &case.rollen);
        let steps: Vec<(Address, &Step)> = addressed(base, "statussen", case, &case.verloop);
        let result = case
            .eind
            .as_ref()
            .map(|end| (Address::new(base, "resultaten", &case.nummer), end));
        for (role_address, role) in &roles {
            let document = role_document(rows, persons, case, &address, role_address, role);
            documents.rollen.push(document);
        }
        let last = steps.len();
        for ((step_address, step), position) in steps.iter().zip(1..) {
            let document = status_document(case, &address, step_address, step, position == last);
            documents.statussen.push(document);
        }
        if let Some((result_address, end)) = &result {
            let document = result_document(case, &address, result_address, end);
            documents.resultaten.push(document);
        }
        documents.zaken.push(case_document(
            rows,
            case,
            &address,
            roles
                .iter()
                .map(|(address, _)| address.url.clone())
                .collect(),
            steps.last().map(|(address, _)| address.url.clone()),
            result.map(|(address, _)| address.url),
        ));
    }
    documents
}

fn case_document(
    rows: &Rows,
    case: &Case,
    address: &Address,
    roles: Vec<String>,
    status: Option<String>,
    result: Option<String>,
) -> Value {
    let kind = rows.case_type(case);
    let due = kind.and_then(|kind| days_after(case.start, kind.dagen));
    let end = case.eind.as_ref().map(|end| end.op);
    json!({
        "url": address.url,
        "uuid": address.uuid,
        "identificatie": case.nummer,
        "bronorganisatie": VOORBEELD.rsin,
        "omschrijving": case.omschrijving,
        "toelichting": case.toelichting.as_deref().unwrap_or(""),
        "zaaktype": catalogue("zaaktypen", &case.kind, ""),
        "registratiedatum": case.start.to_string(),
        "verantwoordelijkeOrganisatie": VOORBEELD.rsin,
        "startdatum": case.start.to_string(),
        "einddatum": end.map(|end| end.to_string()),
        "einddatumGepland": due,
        "uiterlijkeEinddatumAfdoening": due,
        "publicatiedatum": null,
        "productenOfDiensten": [],
        "vertrouwelijkheidaanduiding": kind.map(|kind| kind.vertrouwelijkheid.as_str()),
        "betalingsindicatie": "nvt",
        "betalingsindicatieWeergave": "Er is geen sprake van te betalen, met de zaak gemoeide, kosten.",
        "laatsteBetaaldatum": null,
        "zaakgeometrie": null,
        "verlenging": null,
        "opschorting": null,
        "hoofdzaak": null,
        "deelzaken": [],
        "relevanteAndereZaken": [],
        "eigenschappen": [],
        "rollen": roles,
        "status": status,
        "zaakinformatieobjecten": [],
        "zaakobjecten": [],
        "kenmerken": [],
        "archiefnominatie": end.map(|_| "vernietigen"),
        "archiefstatus": "nog_te_archiveren",
        "archiefactiedatum": end.and_then(|end| years_after(end, KEPT_YEARS)),
        "resultaat": result,
        "opdrachtgevendeOrganisatie": "",
        "processobjectaard": null,
        "startdatumBewaartermijn": end.map(|end| end.to_string()),
        "processobject": null,
    })
}

fn status_document(
    case: &Case,
    zaak: &Address,
    address: &Address,
    step: &Step,
    is_last: bool,
) -> Value {
    json!({
        "url": address.url,
        "uuid": address.uuid,
        "zaak": zaak.url,
        "statustype": catalogue("statustypen", &case.kind, &step.status),
        "datumStatusGezet": moment(step.op),
        "statustoelichting": step.status,
        "indicatieLaatstGezetteStatus": is_last,
        "zaakinformatieobjecten": [],
    })
}

fn result_document(case: &Case, zaak: &Address, address: &Address, end: &End) -> Value {
    json!({
        "url": address.url,
        "uuid": address.uuid,
        "zaak": zaak.url,
        "resultaattype": catalogue("resultaattypen", &case.kind, &end.resultaat),
        "toelichting": end.resultaat,
    })
}

fn role_document(
    rows: &Rows,
    persons: &Persons,
    case: &Case,
    zaak: &Address,
    address: &Address,
    role: &Role,
) -> Value {
    let (kind, identification) = match &role.who {
        Who::Person { bsn } => (
            "natuurlijk_persoon",
            persons
                .get(bsn)
                .map(|person| natural_person(persons, person)),
        ),
        Who::Employee { medewerker } => (
            "medewerker",
            rows.employee(medewerker).map(|employee| {
                json!({
                    "identificatie": medewerker,
                    "achternaam": employee.achternaam,
                    "voorletters": employee.voorletters,
                    "voorvoegselAchternaam": employee.voorvoegsel.as_deref().unwrap_or(""),
                })
            }),
        ),
    };
    json!({
        "url": address.url,
        "uuid": address.uuid,
        "zaak": zaak.url,
        "betrokkeneType": kind,
        "afwijkendeNaamBetrokkene": "",
        "roltype": catalogue("roltypen", &case.kind, &role.rol),
        "omschrijving": role_title(&role.rol),
        "omschrijvingGeneriek": role.rol,
        "roltoelichting": format!("{} van {}", role_title(&role.rol), case.nummer),
        "registratiedatum": moment(case.start),
        "indicatieMachtiging": "",
        "contactpersoonRol": null,
        "statussen": [],
        "betrokkeneIdentificatie": identification,
    })
}

/// `RolNatuurlijkPersoon`: who the person is, as the case system copied it from the BRP.
fn natural_person(persons: &Persons, person: &Person) -> Value {
    let rows = persons.rows();
    let address = person.address_key().and_then(|key| rows.address(key));
    json!({
        "inpBsn": person.bsn(),
        "anpIdentificatie": "",
        "inpA_nummer": person.administration_number(),
        "geslachtsnaam": person.surname().unwrap_or(""),
        "voorvoegselGeslachtsnaam": person.prefix().unwrap_or(""),
        "voorletters": person.initials(),
        "voornamen": person.given_names(),
        "geslachtsaanduiding": person.sex_code().to_lowercase(),
        "geboortedatum": person.born().to_string(),
        "verblijfsadres": address.map(|address| json!({
            "aoaIdentificatie": address.number_id(),
            "wplWoonplaatsNaam": address.woonplaats,
            "gorOpenbareRuimteNaam": address.straat,
            "aoaPostcode": address.postcode,
            "aoaHuisnummer": address.huisnummer,
            "aoaHuisletter": address.huisletter.as_deref().unwrap_or(""),
            "aoaHuisnummertoevoeging": address.toevoeging.as_deref().unwrap_or(""),
            "inpLocatiebeschrijving": "",
        })),
        "subVerblijfBuitenland": null,
    })
}

fn role_title(role: &str) -> &str {
    match role {
        "initiator" => "Aanvrager",
        "mede_initiator" => "Medeaanvrager",
        "belanghebbende" => "Belanghebbende",
        "behandelaar" => "Behandelaar",
        other => other,
    }
}

/// Where a resource is found.
struct Address {
    uuid: Uuid,
    url: String,
}

impl Address {
    fn new(base: &str, resource: &str, key: &str) -> Self {
        let uuid = stable_uuid(&[resource, key]);
        let url = format!("{base}/{resource}/{uuid}");
        Self { uuid, url }
    }
}

fn addressed<'a, T>(
    base: &str,
    resource: &str,
    case: &Case,
    items: &'a [T],
) -> Vec<(Address, &'a T)> {
    items
        .iter()
        .zip(1..)
        .map(|(item, number)| {
            let key = format!("{}/{number}", case.nummer);
            (Address::new(base, resource, &key), item)
        })
        .collect()
}

fn catalogue(resource: &str, kind: &str, name: &str) -> String {
    format!(
        "{CATALOGUE}/{resource}/{}",
        stable_uuid(&[resource, kind, name])
    )
}

/// A UUID that is the same in every run, so that the copied lines of the demo keep working. It has
/// the form of version 4, which the standard asks for.
fn stable_uuid(parts: &[&str]) -> Uuid {
    let digest = digest(&SHA256, parts.join("\n").as_bytes());
    let mut bytes = [0; 16];
    for (to, from) in bytes.iter_mut().zip(digest.as_ref()) {
        *to = *from;
    }
    Builder::from_random_bytes(bytes).into_uuid()
}

/// The start of office hours on that day.
fn moment(on: PartialDate) -> String {
    format!("{on}T08:00:00Z")
}

fn days_after(start: PartialDate, days: i64) -> Option<String> {
    let date = full(start)?.checked_add(Duration::days(days))?;
    Some(PartialDate::Full(date).to_string())
}

fn years_after(start: PartialDate, years: i32) -> Option<String> {
    let start = full(start)?;
    // 29 February has no such day in most years; the day before is soon enough.
    let date = start
        .replace_year(start.year() + years)
        .or_else(|_| {
            start
                .previous_day()
                .unwrap_or(start)
                .replace_year(start.year() + years)
        })
        .ok()?;
    Some(PartialDate::Full(date).to_string())
}

fn full(date: PartialDate) -> Option<Date> {
    match date {
        PartialDate::Full(date) => Some(date),
        _ => None,
    }
}
