//! Where a person lives, and how an envelope to it is addressed.

use serde_json::{Value, json};

use super::row::{Address, Person, Rows};
use super::{Persons, name, record};

/// `verblijfplaats` in its four shapes: address, location, abroad, unknown.
pub(super) fn place(rows: &Rows, person: &Person) -> Option<Value> {
    let since = person.sinds.json();
    let not_there = person.niet_op_adres.then_some(true);
    if let Some(address) = address_of(rows, person) {
        return Some(json!({
            "type": "Adres",
            "verblijfadres": {
                "officieleStraatnaam": address.straat,
                "korteStraatnaam": address.kort.as_ref().unwrap_or(&address.straat),
                "huisnummer": address.huisnummer,
                "huisletter": address.huisletter,
                "huisnummertoevoeging": address.toevoeging,
                "postcode": address.postcode,
                "woonplaats": address.woonplaats,
            },
            "functieAdres": {"code": "W", "omschrijving": "woonadres"},
            "adresseerbaarObjectIdentificatie": address.dwelling_id(),
            "nummeraanduidingIdentificatie": address.number_id(),
            "datumVan": since,
            "datumIngangGeldigheid": since,
            "indicatieVastgesteldVerblijftNietOpAdres": not_there,
        }));
    }
    if let Some(abroad) = &person.buitenland {
        return Some(json!({
            "type": "VerblijfplaatsBuitenland",
            "verblijfadres": {
                "regel1": abroad.regel1,
                "regel2": abroad.regel2,
                "land": {"code": abroad.land, "omschrijving": rows.country(&abroad.land)},
            },
            "datumVan": since,
            "datumIngangGeldigheid": since,
        }));
    }
    if let Some(location) = &person.locatie {
        return Some(json!({
            "type": "Locatie",
            "verblijfadres": {"locatiebeschrijving": location.beschrijving},
            "functieAdres": {"code": "W", "omschrijving": "woonadres"},
            "datumVan": since,
            "datumIngangGeldigheid": since,
            "indicatieVastgesteldVerblijftNietOpAdres": not_there,
        }));
    }
    person.verblijfplaats_onbekend.then(|| {
        json!({
            "type": "VerblijfplaatsOnbekend",
            "datumVan": since,
            "datumIngangGeldigheid": since,
        })
    })
}

/// `adressering`: the lines of the address and the forms in which to write to the person.
pub(super) fn addressing(persons: &Persons, person: &Person) -> Value {
    let rows = persons.rows();
    let partner = person
        .partner
        .as_ref()
        .and_then(|bond| persons.get(&bond.bsn));
    let mut addressing = name::correspondence(person, partner);
    let lines = if let Some(address) = address_of(rows, person) {
        json!({
            "adresregel1": street_line(address),
            "adresregel2": place_line(address),
            "indicatieVastgesteldVerblijftNietOpAdres": person.niet_op_adres.then_some(true),
        })
    } else if let Some(abroad) = &person.buitenland {
        json!({
            "adresregel1": abroad.regel1,
            "adresregel2": abroad.regel2,
            "land": record::country(persons, &abroad.land),
        })
    } else if let Some(location) = &person.locatie {
        json!({
            "adresregel1": location.beschrijving,
            "adresregel2": rows.municipality(&location.gemeente).map(str::to_uppercase),
        })
    } else {
        json!({})
    };
    if let (Value::Object(all), Value::Object(lines)) = (&mut addressing, lines) {
        all.extend(lines);
    }
    addressing
}

fn address_of<'a>(rows: &'a Rows, person: &Person) -> Option<&'a Address> {
    rows.address(person.address_key()?)
}

fn street_line(address: &Address) -> String {
    let street = address.kort.as_ref().unwrap_or(&address.straat);
    let mut line = format!("{street} {}", address.huisnummer);
    if let Some(letter) = &address.huisletter {
        line.push_str(letter);
    }
    if let Some(addition) = &address.toevoeging {
        line.push('-');
        line.push_str(addition);
    }
    line
}

/// Postcode in two parts, two spaces, the place in capitals, as on an envelope (NEN 5825).
fn place_line(address: &Address) -> String {
    let (digits, letters) = address
        .postcode
        .split_at_checked(4)
        .unwrap_or((&address.postcode, ""));
    format!("{digits} {letters}  {}", address.woonplaats.to_uppercase())
}
