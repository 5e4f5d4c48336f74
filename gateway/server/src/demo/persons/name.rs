//! What a register derives from a name: initials, full name, and how to write to somebody.

use serde_json::{Value, json};

use super::row::{NameUse, Person, Sex};

/// The only title in the demo: code of the national table, form for men and for women.
const TITLE_CODE: &str = "B";

/// Name of a relative (`NaamGerelateerde`): without what only the person itself has.
pub(super) fn of_relative(person: &Person) -> Value {
    json!({
        "voornamen": person.voornamen,
        "adellijkeTitelPredicaat": title_json(person),
        "voorvoegsel": person.voorvoegsel,
        "geslachtsnaam": person.surname(),
        "voorletters": initials(person),
    })
}

/// The person's own name (`NaamPersoon`).
pub(super) fn of_person(person: &Person) -> Value {
    let (code, description) = match person.naamgebruik {
        NameUse::Own => ("E", "eigen geslachtsnaam"),
        NameUse::Partner => ("P", "geslachtsnaam partner"),
        NameUse::PartnerThenOwn => ("V", "geslachtsnaam partner voor eigen geslachtsnaam"),
        NameUse::OwnThenPartner => ("N", "geslachtsnaam partner na eigen geslachtsnaam"),
    };
    let mut name = of_relative(person);
    if let Value::Object(members) = &mut name {
        members.insert("volledigeNaam".into(), full_name(person).into());
        members.insert(
            "aanduidingNaamgebruik".into(),
            json!({"code": code, "omschrijving": description}),
        );
    }
    name
}

/// Given names, title, prefix and own surname, without a partner's name.
pub(super) fn full_name(person: &Person) -> String {
    let own = own_name(person);
    let parts = [
        Some(person.voornamen.as_str()),
        title(person),
        own.as_deref(),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// First letters of the given names, each with a point.
pub(super) fn initials(person: &Person) -> String {
    person
        .voornamen
        .split(' ')
        .filter_map(|name| name.chars().next())
        .map(|letter| format!("{letter}."))
        .collect()
}

/// How to write to the person, given the partner whose name it may bear (part of `Adressering`).
pub(super) fn correspondence(person: &Person, partner: Option<&Person>) -> Value {
    let Some(surname) = used_name(person, partner) else {
        return json!({});
    };
    let initials = initials(person);
    if let Some(title) = title(person) {
        let form = match person.geslacht {
            Sex::Female => "Hoogwelgeboren vrouwe",
            Sex::Male | Sex::Unknown => "Hoogwelgeboren heer",
        };
        return json!({
            "aanhef": form,
            "aanschrijfwijze": {
                "aanspreekvorm": format!("De {}", form.to_lowercase()),
                "naam": format!("{initials} {title} {surname}"),
            },
            "gebruikInLopendeTekst": format!("{title} {}", capitalised(&surname)),
        });
    }
    let (greeting, running) = match person.geslacht {
        Sex::Male => ("Geachte heer", "de heer"),
        Sex::Female => ("Geachte mevrouw", "mevrouw"),
        Sex::Unknown => ("Geachte", ""),
    };
    let (greeted, mentioned) = match person.geslacht {
        Sex::Unknown => (
            format!("{initials} {surname}"),
            format!("{initials} {surname}"),
        ),
        Sex::Male | Sex::Female => (capitalised(&surname), capitalised(&surname)),
    };
    json!({
        "aanhef": format!("{greeting} {greeted}"),
        "aanschrijfwijze": { "naam": format!("{initials} {surname}") },
        "gebruikInLopendeTekst": format!("{running} {mentioned}").trim_start(),
    })
}

fn title(person: &Person) -> Option<&'static str> {
    person.titel.as_deref().filter(|code| *code == TITLE_CODE)?;
    Some(match person.geslacht {
        Sex::Female => "barones",
        Sex::Male | Sex::Unknown => "baron",
    })
}

fn title_json(person: &Person) -> Option<Value> {
    let title = title(person)?;
    Some(json!({"code": TITLE_CODE, "omschrijving": title, "soort": "titel"}))
}

fn own_name(person: &Person) -> Option<String> {
    let surname = person.surname()?;
    Some(match person.prefix() {
        Some(prefix) => format!("{prefix} {surname}"),
        None => surname.to_owned(),
    })
}

fn used_name(person: &Person, partner: Option<&Person>) -> Option<String> {
    let own = own_name(person);
    let Some(other) = partner.and_then(own_name) else {
        return own;
    };
    match person.naamgebruik {
        NameUse::Own => own,
        NameUse::Partner => Some(other),
        NameUse::PartnerThenOwn => Some(join(Some(other), own)),
        NameUse::OwnThenPartner => Some(join(own, Some(other))),
    }
}

fn join(first: Option<String>, second: Option<String>) -> String {
    [first, second]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join("-")
}

fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}
