//! What a request asks, and how it is narrowed.

use proptest::prelude::*;
use sluis_policy::{
    Answer, Asked, Candidates, Direction, GroupSet, MinimiseError, PolicySet, Release, RequestError,
};

use crate::support::{self, Ask};

const PERSONS: &str = "/haalcentraal/api/brp/personen";

fn read(policy: &PolicySet, body: &str) -> Result<Asked, RequestError> {
    policy
        .service("brp-personen")
        .unwrap()
        .candidates("POST", PERSONS)
        .read(Some(body.as_bytes()))
}

fn groups(asked: &Asked) -> Vec<String> {
    asked
        .operation
        .group_names(asked.groups)
        .iter()
        .map(|name| name.to_string())
        .collect()
}

#[test]
fn method_path_and_body_tell_the_operation() {
    let policy = support::policy("gemeente");
    let brp = policy.service("brp-personen").unwrap();
    assert!(matches!(brp.candidates("GET", PERSONS), Candidates::None));
    assert!(matches!(
        brp.candidates("POST", "/haalcentraal/api/brp/personen/"),
        Candidates::None
    ));
    let Candidates::ByBody(choice) = brp.candidates("POST", PERSONS) else {
        panic!("two operations")
    };
    assert_eq!(choice.operations().len(), 2);

    let zaken = policy.service("zaken").unwrap();
    let one = |method: &str, path: &str| match zaken.candidates(method, path) {
        Candidates::One(operation) => operation.name().to_string(),
        other => format!("{other:?}"),
    };
    assert_eq!(one("GET", "/zaken/api/v1/zaken/6f1c"), "zaak-lezen");
    assert_eq!(one("POST", "/zaken/api/v1/zaken/_zoek"), "zaken-zoeken");
    assert_eq!(one("GET", "/zaken/api/v1/zaken/../zaken"), "None");
    assert_eq!(one("GET", "/documenten/6f1c/download"), "document");
    let document = zaken
        .operations()
        .iter()
        .find(|operation| **operation.name() == *"document")
        .unwrap();
    assert_eq!(
        (document.answer(), document.needs_request_body()),
        (Answer::Whole, false)
    );
    assert_eq!(&**document.path_template(), "/documenten/{uuid}/download");
    assert!(policy.service("brp").is_none());
}

#[test]
fn the_more_exact_path_is_found_first() {
    let mut source = support::source("gemeente");
    let service = "service: keuze
operations:
  een: { http: 'GET /a/{x}/c' }
  twee: { http: 'GET /a/b/{y}' }
  drie: { http: 'GET /a/{x}/{y}' }
  vier: { http: 'GET /' }
data: { g: { sensitivity: none, fields: [/x] } }
";
    source
        .files
        .insert("services/keuze.yaml".into(), service.into());
    let policy = support::compiled(&source);
    let service = policy.service("keuze").unwrap();
    for (path, expected) in [
        ("/a/b/c", "twee"),
        ("/a/x/c", "een"),
        ("/a/x/y", "drie"),
        ("/", "vier"),
        ("/a/b/d", "twee"),
    ] {
        let Candidates::One(operation) = service.candidates("GET", path) else {
            panic!("{path}")
        };
        assert_eq!(&**operation.name(), expected, "{path}");
    }
}

#[test]
fn the_fields_tell_the_data_groups() {
    let policy = support::policy("gemeente");
    for (fields, expected) in [
        (r#"["naam.volledigeNaam"]"#, vec!["identiteit"]),
        (
            r#"["naam","burgerservicenummer","verblijfplaats.straat"]"#,
            vec!["identiteit", "adres"],
        ),
        (r#"["partners.naam.voornamen"]"#, vec!["partner"]),
        (r#"["partners"]"#, vec!["partner"]),
        (r#"["n\u0061am"]"#, vec!["identiteit"]),
        ("[]", vec![]),
    ] {
        let body = format!(
            r#"{{"type":"RaadpleegMetBurgerservicenummer","burgerservicenummer":["999993653"],"fields":{fields}}}"#
        );
        assert_eq!(groups(&read(&policy, &body).unwrap()), expected, "{fields}");
    }
    let everything = read(
        &policy,
        r#"{"type":"ZoekMetPostcodeEnHuisnummer","postcode":"1234AB"}"#,
    )
    .unwrap();
    assert_eq!(&**everything.operation.name(), "zoek-op-adres");
    assert_eq!(
        groups(&everything),
        ["identiteit", "adres", "partner", "gezag"]
    );
}

#[test]
fn the_request_names_its_persons() {
    let policy = support::policy("gemeente");
    let asked = read(
        &policy,
        r#"{"fields":["naam"],"burgerservicenummer":["999993653","999990019","999993653",12345672],"type":"RaadpleegMetBurgerservicenummer"}"#,
    )
    .unwrap();
    let values: Vec<&str> = asked
        .subjects
        .iter()
        .map(|subject| subject.value.reveal())
        .collect();
    assert_eq!(values, ["012345672", "999990019", "999993653"]);
    assert!(!format!("{asked:?}").contains("99999"));
}

#[test]
fn what_cannot_be_read_with_certainty_is_refused() {
    let policy = support::policy("gemeente");
    let fields =
        |fields: &str| format!(r#"{{"type":"ZoekMetPostcodeEnHuisnummer","fields":{fields}}}"#);
    let persons = |persons: &str| {
        format!(
            r#"{{"type":"RaadpleegMetBurgerservicenummer","fields":["naam"],"burgerservicenummer":{persons}}}"#
        )
    };
    let many: Vec<String> = (0..1001).map(|number| format!("\"{number}\"")).collect();
    type Expected = fn(&RequestError) -> bool;
    let cases: [(String, Expected); 18] = [
        (String::new(), |error| *error == RequestError::BodyMissing),
        ("{}".into(), |error| {
            *error == RequestError::OperationUnknown
        }),
        (r#"{"type":"Iets"}"#.into(), |error| {
            *error == RequestError::OperationUnknown
        }),
        (
            r#"{"type":["ZoekMetPostcodeEnHuisnummer"]}"#.into(),
            |error| *error == RequestError::OperationUnknown,
        ),
        (r#"["ZoekMetPostcodeEnHuisnummer"]"#.into(), |error| {
            *error == RequestError::OperationUnknown
        }),
        (
            r#"{"type":"ZoekMetPostcodeEnHuisnummer","type":"RaadpleegMetBurgerservicenummer"}"#
                .into(),
            |error| matches!(error, RequestError::DuplicateMember { offset: 38 }),
        ),
        (
            r#"{"type":"ZoekMetPostcodeEnHuisnummer","x":{"y":1,"\u0079":2}}"#.into(),
            |error| matches!(error, RequestError::DuplicateMember { .. }),
        ),
        (r#"{"type":"ZoekMetPostcodeEnHuisnummer""#.into(), |error| {
            matches!(error, RequestError::NotJson { .. })
        }),
        (
            r#"{"type":"ZoekMetPostcodeEnHuisnummer"}{}"#.into(),
            |error| matches!(error, RequestError::NotJson { .. }),
        ),
        (fields("\"naam\""), |error| {
            matches!(error, RequestError::FieldListUnreadable { .. })
        }),
        (fields("null"), |error| {
            matches!(error, RequestError::FieldListUnreadable { .. })
        }),
        (fields("[1]"), |error| {
            matches!(error, RequestError::FieldListUnreadable { .. })
        }),
        (
            fields("[\"nationaliteit\"]"),
            |error| matches!(error, RequestError::FieldUnknown { field } if &**field == "nationaliteit"),
        ),
        (fields("[\"naam..x\"]"), |error| {
            matches!(error, RequestError::FieldUnknown { .. })
        }),
        (
            fields("[\"persoon 999993653\"]"),
            |error| matches!(error, RequestError::FieldUnknown { field } if &**field == "(not shown)"),
        ),
        (
            persons("\"999993653\""),
            |error| matches!(error, RequestError::SubjectUnreadable { pointer } if &**pointer == "/burgerservicenummer/*"),
        ),
        (persons("[[\"999993653\"]]"), |error| {
            matches!(error, RequestError::SubjectUnreadable { .. })
        }),
        (persons(&format!("[{}]", many.join(","))), |error| {
            matches!(error, RequestError::SubjectUnreadable { .. })
        }),
    ];
    for (body, expected) in cases {
        let error = read(&policy, &body).unwrap_err();
        assert!(expected(&error), "{body:.100}: {error:?}");
        assert!(!error.to_string().contains("99999"));
    }
    let brp = policy
        .service("brp-personen")
        .unwrap()
        .candidates("POST", PERSONS);
    assert_eq!(brp.read(None).unwrap_err(), RequestError::BodyMissing);
    assert!(matches!(
        brp.read(Some(b"{\"\xff\":1}")).unwrap_err(),
        RequestError::NotUtf8 { offset: 2 }
    ));
    assert_eq!(
        Candidates::None.read(None).unwrap_err(),
        RequestError::OperationUnknown
    );
    assert!(
        read(
            &policy,
            &fields(&format!("[{}]", vec!["\"naam\""; 1000].join(",")))
        )
        .is_ok()
    );
    assert!(
        read(
            &policy,
            &fields(&format!("[{}]", vec!["\"naam\""; 1001].join(",")))
        )
        .is_err()
    );
}

/// The release for an address search of `oudedorp` that asks these groups.
fn release(policy: &PolicySet, names: &[&str]) -> Release {
    let ask = Ask {
        groups: Some(names),
        ..support::ask("zoek-op-adres", "adres-controle", "00000099000000002000")
    };
    ask.put(policy).verdict.unwrap()
}

#[test]
fn the_list_of_fields_asks_no_more_than_is_released() {
    let policy = support::policy("gemeente");
    let release = release(&policy, &["adres"]);
    let narrowed = |body: &str| {
        release
            .narrow(body.as_bytes())
            .map(|body| String::from_utf8(body).unwrap())
    };
    for (body, expected) in [
        (
            r#"{"fields":["verblijfplaats"]}"#,
            r#"{"fields":["verblijfplaats"]}"#,
        ),
        (
            r#"{ "a" : 1, "fields" : [ "naam", "verblijfpl\u0061ats.straat" ] , "b":2}"#,
            r#"{ "a" : 1, "fields" : ["verblijfpl\u0061ats.straat"] , "b":2}"#,
        ),
        (
            r#"{"fields":["partners","adressering.aanhef","naam.x"]}"#,
            r#"{"fields":["adressering.aanhef"]}"#,
        ),
        (
            r#"{"type":"x"}"#,
            r#"{"fields":["adressering","verblijfplaats"],"type":"x"}"#,
        ),
        ("{ }", r#"{"fields":["adressering","verblijfplaats"] }"#),
    ] {
        assert_eq!(narrowed(body).unwrap(), expected);
    }
    assert!(release.narrows());
    assert!(narrowed(r#"{"fields":["naam","partners"]}"#).is_err());
    assert!(narrowed(r#"{"fields":[]}"#).is_err());
    assert!(narrowed(r#"{"fields":["naam""#).is_err());
}

#[test]
fn a_search_is_limited_also_when_it_asks_for_no_number() {
    let release = release(&support::policy("gemeente"), &["adres"]);
    let residents = |count: usize| {
        let one = r#"{"verblijfplaats":{"postcode":"1234AB"}}"#;
        format!(r#"{{"personen":[{}]}}"#, vec![one; count].join(","))
    };
    let allowed = release.minimise(residents(5).as_bytes()).unwrap();
    assert!(allowed.subjects.is_empty() && allowed.subjects_incomplete);
    assert_eq!(
        release.minimise(residents(6).as_bytes()),
        Err(MinimiseError::TooManySubjects { subjects_max: 5 })
    );
}

#[test]
fn an_entry_wider_than_what_is_released_is_replaced() {
    let mut source = support::source("gemeente");
    let service = "service: breed
operations:
  vraag:
    http: POST /vraag
    narrow: { list: /vraag/velden }
data:
  open:  { sensitivity: none, fields: [/persoon/naam/voornamen, /persoon/kinderen/*/naam, /persoon/naam/tussen/x] }
  dicht: { sensitivity: bsn, fields: [/persoon/naam/geslachtsnaam, /persoon/kinderen/*/bsn] }
always: [/persoon/type]
";
    let activity = "activity: breed
version: 1
title: Breed
purpose: Laten zien dat een brede vraag smaller wordt.
legal_basis: { avg: 6 lid 1 onder a }
controller: voorbeeld
valid: { from: 2026-01-01 }
obtains:
  - { service: breed, operations: [vraag], from: [voorbeeld], data: [open], beyond: narrow }
";
    source
        .files
        .insert("services/breed.yaml".into(), service.into());
    source
        .files
        .insert("activities/breed.yaml".into(), activity.into());
    let policy = support::compiled(&source);
    let ask = Ask {
        service: "breed",
        direction: Direction::Obtain,
        ..support::ask("vraag", "breed", "00000099000000001000")
    };
    let release = ask.put(&policy).verdict.unwrap();
    let narrowed =
        |body: &str| String::from_utf8(release.narrow(body.as_bytes()).unwrap()).unwrap();
    for (fields, expected) in [
        (
            r#"["persoon"]"#,
            r#"["persoon.kinderen.naam","persoon.naam.tussen.x","persoon.naam.voornamen"]"#,
        ),
        (
            r#"["persoon.naam","persoon"]"#,
            r#"["persoon.naam.tussen.x","persoon.naam.voornamen","persoon.kinderen.naam"]"#,
        ),
        (
            r#"["persoon.kinderen","persoon.type"]"#,
            r#"["persoon.kinderen.naam","persoon.type"]"#,
        ),
        (r#"["persoon.naam.tussen"]"#, r#"["persoon.naam.tussen"]"#),
    ] {
        let body = |fields: &str| format!(r#"{{"vraag":{{"velden":{fields},"x":1}}}}"#);
        assert_eq!(narrowed(&body(fields)), body(expected));
    }
    let all = r#"["persoon.kinderen.naam","persoon.naam.tussen.x","persoon.naam.voornamen"]"#;
    assert_eq!(
        narrowed(r#"{"vraag":{}}"#),
        format!(r#"{{"vraag":{{"velden":{all}}}}}"#)
    );
    assert_eq!(narrowed(r#"{"anders":1}"#), r#"{"anders":1}"#); // nowhere to put the list; the answer is filtered
}

#[test]
fn what_is_released_whole_passes_unread() {
    let policy = support::policy("gemeente");
    let ask = Ask {
        service: "zaken",
        direction: Direction::Obtain,
        ..support::ask("document", "adres-controle", "00000099000000001000")
    };
    let release = ask.put(&policy).verdict.unwrap();
    assert!(release.is_whole() && !release.narrows());
    assert!(release.minimise(b"%PDF").is_err());
    assert_eq!(release.narrow(b"anything").unwrap(), b"anything");
    assert_eq!(release.groups(), GroupSet::only(3));
}

proptest! {
    /// Whatever is asked: what is left of the list, read again, touches released groups only.
    #[test]
    fn a_narrowed_request_asks_for_released_groups_only(
        entries in prop::collection::vec(prop::sample::select(vec![
            "naam", "naam.voornamen", "burgerservicenummer", "verblijfplaats", "verblijfplaats.straat.x", "adressering",
            "partners", "partners.naam", "gezag", "gezag.minderjarige",
        ]), 0..12),
        released in prop::sample::subsequence(vec!["identiteit", "adres"], 1..=2),
        spaces in "[ \t\n]{0,3}",
    ) {
        thread_local!(static POLICY: PolicySet = support::policy("gemeente"));
        POLICY.with(|policy| {
            let release = release(policy, &released);
            let list: Vec<String> = entries.iter().map(|entry| format!("{spaces}\"{entry}\"")).collect();
            let body = format!("{{\"type\":\"ZoekMetPostcodeEnHuisnummer\",{spaces}\"fields\":[{}],\"x\":[1, 2]}}", list.join(","));
            let asked = read(policy, &body).unwrap();
            match release.narrow(body.as_bytes()) {
                Ok(narrowed) => {
                    let again = read(policy, std::str::from_utf8(&narrowed).unwrap()).unwrap();
                    prop_assert!(release.groups().includes(again.groups));
                    prop_assert_eq!(again.groups, asked.groups.intersection(release.groups()));
                }
                Err(_) => prop_assert!(!asked.groups.intersects(release.groups())),
            }
            Ok(())
        })?;
    }
}
