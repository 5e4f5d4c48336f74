//! Finds the persons a question is about.

use super::query::{Criteria, Query, SearchType};
use crate::demo::persons::{PartialDate, Person, Persons, Rows};

/// The persons who meet every criterion, in the order of the register.
///
/// Who is named by number is found dead or alive; a search finds the living, unless it asks for the
/// deceased as well.
pub(super) fn find<'a>(persons: &'a Persons, query: &Query) -> Vec<&'a Person> {
    let criteria = &query.criteria;
    let alive_only = query.kind != SearchType::Number && !criteria.with_deceased;
    persons
        .all()
        .iter()
        .filter(|person| !(alive_only && person.is_deceased()))
        .filter(|person| is_as_asked(criteria, person, persons.rows()))
        .collect()
}

fn is_as_asked(criteria: &Criteria, person: &Person, rows: &Rows) -> bool {
    let numbered =
        criteria.numbers.is_empty() || criteria.numbers.iter().any(|number| number == person.bsn());
    let named = met(&criteria.surname, person.surname(), |pattern, name| {
        pattern.fits(name)
    }) && met(
        &criteria.given_names,
        Some(person.given_names()),
        |pattern, names| pattern.fits(names),
    ) && met(&criteria.prefix, person.prefix(), |asked, prefix| {
        asked.eq_ignore_ascii_case(prefix)
    }) && met(&criteria.sex, Some(person.sex_code()), |asked, sex| {
        asked.eq_ignore_ascii_case(sex)
    });
    let born = met(&criteria.born, Some(person.born()), |asked, born| {
        born == PartialDate::Full(*asked)
    });
    let registered = met(
        &criteria.municipality,
        person.municipality_code(rows),
        |asked, code| asked == code,
    );
    numbered && named && born && registered && lives_there(criteria, person, rows)
}

fn lives_there(criteria: &Criteria, person: &Person, rows: &Rows) -> bool {
    let address = person.address_key().and_then(|key| rows.address(key));
    met(&criteria.postcode, address, |asked, address| {
        *asked == address.postcode
    }) && met(&criteria.street, address, |pattern, address| {
        pattern.fits(&address.straat)
    }) && met(&criteria.house_number, address, |asked, address| {
        *asked == address.huisnummer
    }) && met(
        &criteria.house_letter,
        address.and_then(|address| address.huisletter.as_ref()),
        |asked, letter| asked.eq_ignore_ascii_case(letter),
    ) && met(
        &criteria.house_addition,
        address.and_then(|address| address.toevoeging.as_ref()),
        |asked, addition| asked.eq_ignore_ascii_case(addition),
    ) && met(&criteria.address_id, address, |asked, address| {
        *asked == address.number_id()
    }) && met(&criteria.dwelling_id, address, |asked, address| {
        *asked == address.dwelling_id()
    })
}

/// Whether what is asked is so; what is not asked is met, what is not known is not.
fn met<A, B>(asked: &Option<A>, known: Option<B>, is_so: impl FnOnce(&A, B) -> bool) -> bool {
    match (asked, known) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(asked), Some(known)) => is_so(asked, known),
    }
}
