//! From a row to the whole record of a person (`Persoon` of BRP Personen Bevragen 2.x).
//!
//! A register gives no member without a value, so whatever turns out empty is left out at the end.

use serde_json::{Map, Value, json};
use time::Date;

use super::residence;
use super::row::{Birth, Inquiry, Nationality, Part, Person};
use super::{Persons, name};

/// Below this age somebody else has authority over a person (Burgerlijk Wetboek 1, article 233).
const OF_AGE_YEARS: i32 = 18;

const NETHERLANDS: &str = "6030";

/// The record of `person` as it stands on `today`.
pub(super) fn of(persons: &Persons, person: &Person, today: Date) -> Value {
    let rows = persons.rows();
    let municipality = person.municipality_code(rows);
    let mut record = json!({
        "aNummer": person.anummer,
        "burgerservicenummer": person.bsn,
        "datumEersteInschrijvingGBA": first_registration(person),
        "geheimhoudingPersoonsgegevens": person.geheimhouding.then_some(true),
        "geslacht": sex(person),
        "leeftijd": (!person.is_deceased()).then(|| person.geboren.op.age_on(today)).flatten(),
        "naam": name::of_person(person),
        "nationaliteiten": person
            .nationaliteiten
            .iter()
            .map(|nationality| nationality_json(persons, person, nationality))
            .collect::<Vec<_>>(),
        "geboorte": event(persons, &person.geboren),
        "opschortingBijhouding": suspension(person),
        "overlijden": person.overleden.as_ref().map(|death| event(persons, death)),
        "verblijfplaats": residence::place(rows, person),
        "immigratie": person.immigratie.as_ref().map(|immigration| json!({
            "datumVestigingInNederland": immigration.op.json(),
            "indicatieVestigingVanuitBuitenland": true,
            "landVanwaarIngeschreven": country(persons, &immigration.land),
        })),
        "gemeenteVanInschrijving": municipality.map(|code| json!({
            "code": code,
            "omschrijving": rows.municipality(code).unwrap_or("Registratie Niet Ingezetenen (RNI)"),
        })),
        "datumInschrijvingInGemeente": person.in_gemeente_sinds.unwrap_or(person.sinds).json(),
        "adressering": residence::addressing(persons, person),
        "indicatieCurateleRegister": person.curatele.then_some(true),
        "gezag": authority(persons, person, today),
        "verblijfstitel": person.verblijfstitel.as_ref().map(|permit| json!({
            "aanduiding": {"code": permit.code, "omschrijving": permit.omschrijving},
            "datumIngang": permit.ingang.json(),
            "datumEinde": permit.einde.map(|end| end.json()),
        })),
        "uitsluitingKiesrecht": person.uitgesloten_van_kiesrecht.map(|until| json!({
            "uitgeslotenVanKiesrecht": true,
            "einddatum": until.json(),
        })),
        "europeesKiesrecht": person.europees_kiesrecht.then(|| json!({
            "aanduiding": {"code": "2", "omschrijving": "persoon ontvangt oproep"},
        })),
        "kinderen": persons.children(&person.bsn).map(|child| json!({
            "burgerservicenummer": child.bsn,
            "naam": name::of_relative(child),
            "geboorte": event(persons, &child.geboren),
        })).collect::<Vec<_>>(),
        "ouders": parents(persons, person),
        "partners": partners(persons, person),
        "rni": person.rni.as_ref().map(|rni| vec![json!({
            "deelnemer": {"code": rni.code, "omschrijving": rni.omschrijving},
            "categorie": "Persoon",
        })]),
        "verificatie": person.rni.as_ref().map(|rni| json!({
            "datum": rni.op.json(),
            "omschrijving": rni.verificatie,
        })),
    });
    if let Some(inquiry) = &person.onderzoek {
        mark_inquiry(&mut record, inquiry);
    }
    without_empty(record).unwrap_or_else(|| Value::Object(Map::new()))
}

pub(super) fn country(persons: &Persons, code: &str) -> Value {
    json!({"code": code, "omschrijving": persons.rows().country(code)})
}

fn sex(person: &Person) -> Value {
    json!({"code": person.geslacht.code(), "omschrijving": person.geslacht.description()})
}

fn first_registration(person: &Person) -> Value {
    let since = match &person.immigratie {
        Some(immigration) => immigration.op,
        None if person.rni.is_some() => person.sinds,
        None => person.geboren.op,
    };
    since.json()
}

/// A birth, a death or a wedding: when and where.
fn event(persons: &Persons, event: &Birth) -> Value {
    json!({
        "datum": event.op.json(),
        "plaats": place(persons, event.plaats.as_deref()),
        "land": land(persons, event.plaats.as_deref(), event.land.as_deref()),
    })
}

fn place(persons: &Persons, place: Option<&str>) -> Option<Value> {
    let place = place?;
    Some(match persons.rows().municipality(place) {
        Some(name) => json!({"code": place, "omschrijving": name}),
        None => json!({"omschrijving": place}),
    })
}

fn land(persons: &Persons, place: Option<&str>, land: Option<&str>) -> Option<Value> {
    let code = land.or(place.map(|_| NETHERLANDS))?;
    Some(country(persons, code))
}

fn suspension(person: &Person) -> Option<Value> {
    let (code, description, on) = match (&person.overleden, &person.opschorting) {
        (Some(death), _) => ("O", "overlijden", death.op),
        (None, Some(suspension)) if suspension.reden == "R" => {
            ("R", "pl is aangelegd in de rni", suspension.op)
        }
        (None, Some(suspension)) => ("E", "emigratie", suspension.op),
        (None, None) => return None,
    };
    Some(json!({
        "reden": {"code": code, "omschrijving": description},
        "datum": on.json(),
    }))
}

fn nationality_json(persons: &Persons, person: &Person, nationality: &Nationality) -> Value {
    let rows = persons.rows();
    let kind = match nationality {
        Nationality {
            staatloos: true, ..
        } => "Staatloos",
        Nationality { onbekend: true, .. } => "NationaliteitOnbekend",
        _ => "Nationaliteit",
    };
    let since = nationality
        .sinds
        .or_else(|| person.immigratie.as_ref().map(|immigration| immigration.op))
        .unwrap_or(person.geboren.op);
    json!({
        "type": kind,
        "nationaliteit": nationality.code.as_deref().map(|code| json!({
            "code": code,
            "omschrijving": rows.nationality(code),
        })),
        "redenOpname": nationality.reden.as_deref().map(|code| json!({
            "code": code,
            "omschrijving": rows.reason(code),
        })),
        "datumIngangGeldigheid": since.json(),
    })
}

fn parents(persons: &Persons, person: &Person) -> Vec<Value> {
    let known = person.ouders.iter().filter_map(|bsn| persons.get(bsn));
    known
        .zip(1u8..)
        .map(|(parent, position)| {
            json!({
                "burgerservicenummer": parent.bsn,
                "ouderAanduiding": position.to_string(),
                "geslacht": sex(parent),
                "naam": name::of_relative(parent),
                "geboorte": event(persons, &parent.geboren),
                "datumIngangFamilierechtelijkeBetrekking": person.geboren.op.json(),
            })
        })
        .collect()
}

fn partners(persons: &Persons, person: &Person) -> Option<Vec<Value>> {
    let bond = person.partner.as_ref()?;
    let partner = persons.get(&bond.bsn)?;
    let kind = if bond.soort == "P" {
        "geregistreerd partnerschap"
    } else {
        "huwelijk"
    };
    Some(vec![json!({
        "burgerservicenummer": partner.bsn,
        "geslacht": sex(partner),
        "soortVerbintenis": {"code": bond.soort, "omschrijving": kind},
        "naam": name::of_relative(partner),
        "geboorte": event(persons, &partner.geboren),
        "aangaanHuwelijkPartnerschap": {
            "datum": bond.op.json(),
            "plaats": place(persons, bond.plaats.as_deref()),
            "land": land(persons, bond.plaats.as_deref(), bond.land.as_deref()),
        },
        "ontbindingHuwelijkPartnerschap": bond.ontbonden.map(|on| json!({"datum": on.json()})),
    })])
}

/// Parental authority, over the person while it is a minor and by it over its minor children.
fn authority(persons: &Persons, person: &Person, today: Date) -> Vec<Value> {
    std::iter::once(person)
        .chain(persons.children(&person.bsn))
        .filter_map(|minor| {
            let age = minor.geboren.op.age_on(today)?;
            if age >= OF_AGE_YEARS {
                return None;
            }
            let minor_json = json!({
                "burgerservicenummer": minor.bsn,
                "naam": {"volledigeNaam": name::full_name(minor)},
                "leeftijd": age,
            });
            let parents: Vec<Value> = minor
                .ouders
                .iter()
                .filter_map(|bsn| persons.get(bsn))
                .map(|parent| {
                    json!({
                        "burgerservicenummer": parent.bsn,
                        "naam": {"volledigeNaam": name::full_name(parent)},
                    })
                })
                .collect();
            Some(match parents.as_slice() {
                [] => json!({
                    "type": "GezagNietTeBepalen",
                    "minderjarige": minor_json,
                    "toelichting": "Er zijn geen ouders geregistreerd.",
                }),
                [parent] => json!({
                    "type": "EenhoofdigOuderlijkGezag",
                    "minderjarige": minor_json,
                    "ouder": parent,
                }),
                _ => json!({
                    "type": "GezamenlijkOuderlijkGezag",
                    "minderjarige": minor_json,
                    "ouders": parents,
                }),
            })
        })
        .collect()
}

/// Marks the members that are being looked into, in each group that shows them (`inOnderzoek`).
fn mark_inquiry(record: &mut Value, inquiry: &Inquiry) {
    const PLACE: [&str; 5] = [
        "type",
        "datumVan",
        "functieAdres",
        "adresseerbaarObjectIdentificatie",
        "nummeraanduidingIdentificatie",
    ];
    const ADDRESS: [&str; 5] = [
        "officieleStraatnaam",
        "korteStraatnaam",
        "huisnummer",
        "postcode",
        "woonplaats",
    ];
    const ADDRESSING: [&str; 2] = ["adresregel1", "adresregel2"];
    const NAME: [&str; 3] = ["voornamen", "voorletters", "volledigeNaam"];
    let groups: &[(&str, &[&str], &str)] = match inquiry.deel {
        Part::Adres => &[
            ("/verblijfplaats", &PLACE, "datumIngangOnderzoek"),
            (
                "/verblijfplaats/verblijfadres",
                &ADDRESS,
                "datumIngangOnderzoek",
            ),
            (
                "/adressering",
                &ADDRESSING,
                "datumIngangOnderzoekVerblijfplaats",
            ),
        ],
        Part::Naam => &[("/naam", &NAME, "datumIngangOnderzoek")],
    };
    for (pointer, members, date_member) in groups {
        let Some(Value::Object(group)) = record.pointer_mut(pointer) else {
            continue;
        };
        let mut marks: Map<String, Value> = members
            .iter()
            .filter(|member| group.get(**member).is_some_and(|value| !value.is_null()))
            .map(|member| ((*member).to_owned(), Value::Bool(true)))
            .collect();
        marks.insert((*date_member).to_owned(), inquiry.sinds.json());
        group.insert("inOnderzoek".to_owned(), Value::Object(marks));
    }
}

/// The value without members that have none: null, an empty text, list or object.
fn without_empty(value: Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        Value::Array(items) => {
            let items: Vec<Value> = items.into_iter().filter_map(without_empty).collect();
            (!items.is_empty()).then_some(Value::Array(items))
        }
        Value::Object(members) => {
            let members: Map<String, Value> = members
                .into_iter()
                .filter_map(|(name, value)| Some((name, without_empty(value)?)))
                .collect();
            (!members.is_empty()).then_some(Value::Object(members))
        }
        other => Some(other),
    }
}
