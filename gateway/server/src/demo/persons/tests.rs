use std::collections::BTreeSet;

use serde_json::{Value, json};
use time::macros::date;

use super::*;

const TODAY: Date = date!(2026 - 11 - 22);

fn persons() -> Persons {
    Persons::load().expect("the persons of the demo")
}

fn record_of(name: &str) -> Value {
    let persons = persons();
    let person = persons
        .all()
        .iter()
        .find(|person| name::full_name(person) == name)
        .expect(name);
    persons.record(person, TODAY)
}

#[test]
fn every_number_is_a_distinct_test_number_that_passes_the_elfproef() {
    let persons = persons();
    let numbers: BTreeSet<&str> = persons.all().iter().map(Person::bsn).collect();
    assert_eq!(numbers.len(), persons.all().len());
    assert!(numbers.len() >= 36, "a few dozen persons");
    for bsn in numbers {
        assert!(bsn.starts_with("9999") && passes_elfproef(bsn), "{bsn}");
    }
}

#[test]
fn the_elfproef_refuses_a_wrong_digit_and_what_is_no_number() {
    assert!(passes_elfproef("999904000"));
    for wrong in [
        "999904001",
        "99990400",
        "9999040000",
        "99990400a",
        "000000000",
        "",
    ] {
        assert!(!passes_elfproef(wrong), "{wrong}");
    }
}

#[test]
fn every_administration_number_passes_its_own_test() {
    for person in persons().all() {
        let digits: Vec<u32> = person
            .anummer
            .chars()
            .filter_map(|c| c.to_digit(10))
            .collect();
        assert_eq!(digits.len(), 10);
        assert!(digits.windows(2).all(|pair| pair[0] != pair[1]));
        assert!([0, 5].contains(&(digits.iter().sum::<u32>() % 11)));
        let weighted: u32 = digits.iter().zip(0u32..).map(|(d, i)| d << i).sum();
        assert_eq!(weighted % 11, 0);
    }
}

#[test]
fn partners_name_each_other_and_parents_are_older() {
    let persons = persons();
    for person in persons.all() {
        if let Some(bond) = &person.partner {
            let partner = persons.get(&bond.bsn).unwrap();
            assert_eq!(partner.partner.as_ref().unwrap().bsn, person.bsn);
        }
        for parent in person.parents() {
            let parent = persons.get(parent).unwrap();
            let age = parent.born().age_on(TODAY).unwrap();
            assert!(age >= person.born().age_on(TODAY).unwrap() + 15);
        }
    }
}

#[test]
fn names_are_written_as_their_bearer_uses_them() {
    let jasmijn = record_of("Jasmijn Sofie de Wit");
    assert_eq!(
        jasmijn["adressering"],
        json!({
            "aanhef": "Geachte mevrouw De Wit-van Houten",
            "aanschrijfwijze": {"naam": "J.S. de Wit-van Houten"},
            "gebruikInLopendeTekst": "mevrouw De Wit-van Houten",
            "adresregel1": "Lindelaan 12",
            "adresregel2": "1999 AB  VOORBEELD",
        })
    );
    assert_eq!(jasmijn["naam"]["voorletters"], "J.S.");
    assert_eq!(jasmijn["leeftijd"], 35);
    let pieter = record_of("Pieter Jan Vroom");
    assert_eq!(pieter["adressering"]["aanhef"], "Geachte heer Oosterling");
    let baron = record_of("Diederik Lodewijk baron van Zuylenvelde");
    assert_eq!(
        baron["adressering"]["aanschrijfwijze"],
        json!({"aanspreekvorm": "De hoogwelgeboren heer", "naam": "D.L. baron van Zuylenvelde"})
    );
}

#[test]
fn a_record_says_nothing_of_what_there_is_not() {
    fn check(value: &Value) {
        match value {
            Value::Null => panic!("a member without a value"),
            Value::Array(items) => {
                assert!(!items.is_empty());
                items.iter().for_each(check);
            }
            Value::Object(members) => {
                assert!(!members.is_empty());
                members.values().for_each(check);
            }
            _ => {}
        }
    }
    let persons = persons();
    for person in persons.all() {
        check(&persons.record(person, TODAY));
    }
    let unknown = record_of("Amara");
    assert_eq!(unknown["verblijfplaats"]["type"], "VerblijfplaatsOnbekend");
    assert!(unknown.get("leeftijd").is_none());
    assert!(unknown["naam"].get("geslachtsnaam").is_none());
}

#[test]
fn authority_over_a_minor_stands_with_the_minor_and_with_its_parents() {
    let child = record_of("Ilyas Bouazza");
    assert_eq!(child["gezag"][0]["type"], "EenhoofdigOuderlijkGezag");
    let parent = record_of("Bram Cornelis van Houten");
    let types: Vec<_> = parent["gezag"]
        .as_array()
        .unwrap()
        .iter()
        .map(|relation| relation["type"].as_str().unwrap())
        .collect();
    assert_eq!(types, ["GezamenlijkOuderlijkGezag"; 2]);
    assert!(record_of("Noor Smid").get("gezag").is_none());
}

#[test]
fn an_inquiry_is_marked_in_every_group_that_shows_the_doubtful_data() {
    let roos = record_of("Roos Anna Hartog");
    assert_eq!(
        roos["verblijfplaats"]["verblijfadres"]["inOnderzoek"]["postcode"],
        true
    );
    assert_eq!(roos["adressering"]["inOnderzoek"]["adresregel1"], true);
    assert!(
        roos["verblijfplaats"]["verblijfadres"]["inOnderzoek"]
            .get("huisletter")
            .is_none()
    );
}

#[test]
fn a_deceased_person_has_no_age_and_is_suspended() {
    let hendrik = record_of("Hendrik ten Broeke");
    assert!(hendrik.get("leeftijd").is_none());
    assert_eq!(hendrik["opschortingBijhouding"]["reden"]["code"], "O");
    assert_eq!(hendrik["overlijden"]["datum"]["datum"], "2024-08-04");
}
