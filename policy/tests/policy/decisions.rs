//! Decisions: what is permitted, what is refused, and why.

use std::fmt::Write;

use sluis_policy::{Decision, Direction, PurposeBinding, Reason};

use crate::support::{self, Ask};

const VOORBEELD: &str = "00000099000000001000";
const OUDEDORP: &str = "00000099000000002000";
const NIEUWSTAD: &str = "00000099000000003000";
const DIENSTENCENTRUM: &str = "00000099000000005000";
const NOBODY: &str = "00000099000000999000";

fn bijstand<'a>() -> Ask<'a> {
    let (role, channel) = (Some("inkomensconsulent"), Some("balie"));
    Ask {
        role,
        channel,
        ..support::ask("raadpleeg-met-bsn", "bijstand-aanvraag", VOORBEELD)
    }
}

fn reason(decision: &Decision) -> Option<&Reason> {
    decision.verdict.as_ref().err()
}

/// A decision as a text, to read.
fn told(decision: &Decision) -> String {
    let mut text = String::new();
    let verdict = decision
        .verdict
        .as_ref()
        .map_or_else(ToString::to_string, |_| "permit".to_owned());
    writeln!(
        text,
        "{verdict}, permitted {:?}, refused {:?}",
        decision.permitted, decision.refused
    )
    .unwrap();
    writeln!(text, "  policies {:?}", decision.policies).unwrap();
    writeln!(text, "  {}", decision.explanation).unwrap();
    text
}

#[test]
fn the_explanation_names_the_row_and_the_condition() {
    let policy = support::policy("gemeente");
    let binding = |json: &str| {
        let properties: serde_json::Value = serde_json::from_str(json).unwrap();
        PurposeBinding::from_properties(properties.as_object())
            .unwrap()
            .unwrap()
    };
    let bound = |legal_basis: &str, operation: &str, data: &str| {
        binding(&format!(
            r#"{{"purpose_binding.connection":{{"purposes":[{{"activity":"bijstand-aanvraag","legal_basis":"{legal_basis}","operations":["{operation}"],"data":["{data}"]}}]}}}}"#
        ))
    };
    let law = "Participatiewet  artikel 53a";
    let other_law = bound("Jeugdwet artikel 7.4.0", "raadpleeg-met-bsn", "adres");
    let other_operation = bound(law, "zoek-op-adres", "adres");
    let address_only = bound(law, "raadpleeg-met-bsn", "adres");
    let table = [
        (
            "permitted",
            Ask {
                groups: Some(&["identiteit", "adres"]),
                ..bijstand()
            },
        ),
        ("narrowed", bijstand()),
        (
            "narrowed by the contract",
            Ask {
                groups: Some(&["identiteit", "adres"]),
                contract: Some(&address_only),
                ..bijstand()
            },
        ),
        (
            "no purpose",
            Ask {
                purpose: None,
                contract: Some(&address_only),
                ..bijstand()
            },
        ),
        (
            "no contract",
            Ask {
                purpose: None,
                ..bijstand()
            },
        ),
        (
            "other purpose in contract",
            Ask {
                purpose: Some("adres-controle"),
                contract: Some(&address_only),
                ..bijstand()
            },
        ),
        (
            "a person as purpose",
            Ask {
                purpose: Some("999993653"),
                contract: Some(&address_only),
                ..bijstand()
            },
        ),
        (
            "no such activity",
            Ask {
                purpose: Some("nieuwsgierigheid"),
                ..bijstand()
            },
        ),
        (
            "not in force",
            Ask {
                at_unix_seconds: 0,
                ..bijstand()
            },
        ),
        (
            "legal basis",
            Ask {
                contract: Some(&other_law),
                ..bijstand()
            },
        ),
        (
            "operation in contract",
            Ask {
                contract: Some(&other_operation),
                ..bijstand()
            },
        ),
        (
            "operation in activity",
            Ask {
                operation: "zoek-op-adres",
                ..bijstand()
            },
        ),
        (
            "service in activity",
            Ask {
                service: "zaken",
                operation: "zaak-lezen",
                ..bijstand()
            },
        ),
        (
            "direction",
            Ask {
                direction: Direction::Obtain,
                ..bijstand()
            },
        ),
        (
            "party",
            Ask {
                party: DIENSTENCENTRUM,
                groups: Some(&["adres"]),
                ..bijstand()
            },
        ),
        (
            "unknown party",
            Ask {
                party: NOBODY,
                groups: Some(&["adres"]),
                ..bijstand()
            },
        ),
        (
            "delegation",
            Ask {
                party: DIENSTENCENTRUM,
                delegator: Some(VOORBEELD),
                groups: Some(&["adres"]),
                ..bijstand()
            },
        ),
        (
            "delegation by nobody",
            Ask {
                delegator: Some(NOBODY),
                groups: Some(&["adres"]),
                ..bijstand()
            },
        ),
        (
            "delegation to another",
            Ask {
                party: OUDEDORP,
                delegator: Some(VOORBEELD),
                groups: Some(&["adres"]),
                role: None,
                channel: None,
                ..support::ask("zoek-op-adres", "adres-controle", OUDEDORP)
            },
        ),
        (
            "role",
            Ask {
                role: Some("kassier"),
                groups: Some(&["adres"]),
                ..bijstand()
            },
        ),
        (
            "a person as role",
            Ask {
                role: Some("Jan Jansen 999993653"),
                groups: Some(&["adres"]),
                ..bijstand()
            },
        ),
        (
            "channel",
            Ask {
                channel: None,
                groups: Some(&["adres"]),
                ..bijstand()
            },
        ),
        (
            "subjects",
            Ask {
                subjects: 3,
                groups: Some(&["adres"]),
                ..bijstand()
            },
        ),
        (
            "rule",
            Ask {
                role: Some("jeugdconsulent"),
                groups: Some(&["gezag"]),
                at_unix_seconds: 1_780_423_200,
                ..bijstand()
            },
        ),
        (
            "beyond refuse",
            Ask {
                groups: Some(&["adres", "partner"]),
                ..support::ask("zoek-op-adres", "adres-controle", OUDEDORP)
            },
        ),
        (
            "nothing",
            Ask {
                groups: Some(&[]),
                ..bijstand()
            },
        ),
    ];
    let mut text = String::new();
    for (name, ask) in table {
        let decision = ask.put(&policy);
        assert!(
            !decision.explanation.contains("99999"),
            "{}",
            decision.explanation
        );
        write!(text, "{name}: {}", told(&decision)).unwrap();
    }
    insta::assert_snapshot!(text);
}

#[test]
fn a_rule_that_cannot_be_evaluated_refuses_everything() {
    let mut source = support::source("gemeente");
    // Valid against the schema; with two persons the sum is beyond 64 bits and Cedar would pass over the rule.
    let rule = r#"@id("te-veel") forbid (principal, action, resource) when { context.subjects * 9223372036854775807 > 9 };"#;
    source
        .files
        .insert("rules/te-veel.cedar".into(), rule.into());
    let policy = support::compiled(&source);
    let ask = Ask {
        operation: "zoek-op-adres",
        groups: Some(&["adres"]),
        ..support::ask("zoek-op-adres", "adres-controle", OUDEDORP)
    };
    for (subjects, expected) in [
        (0, None),
        (1, Some(Reason::ForbiddenByRule("te-veel".into()))),
        (2, Some(Reason::EvaluationFailed)),
    ] {
        let decision = Ask { subjects, ..ask }.put(&policy);
        assert_eq!(reason(&decision), expected.as_ref());
        assert_eq!(decision.permitted.is_empty(), expected.is_some());
    }
    // Also where something else would be narrowed away or refused by the register.
    let partly = Ask {
        subjects: 2,
        groups: Some(&["adres", "gezag"]),
        ..ask
    }
    .put(&policy);
    assert_eq!(reason(&partly), Some(&Reason::EvaluationFailed));
    assert!(
        partly
            .refused
            .iter()
            .all(|(_, reason)| *reason == Reason::EvaluationFailed)
    );
}

#[test]
fn a_rule_for_another_service_costs_and_changes_nothing() {
    let mut source = support::source("gemeente");
    let rules = r#"
@id("zaken-dicht") forbid (principal, action in Action::"zaken", resource);
@id("document-dicht") forbid (principal, action == Action::"zaken/document", resource);
@id("zaak-dicht") forbid (principal, action, resource == DataGroup::"zaken/zaak");
@id("dienst-dicht") forbid (principal, action, resource in Service::"zaken");
@id("oudedorp-dicht") forbid (principal in Party::"oudedorp", action in [Action::"brp-personen/zoek-op-adres"], resource);
"#;
    source
        .files
        .insert("rules/dicht.cedar".into(), rules.into());
    let policy = support::compiled(&source);
    assert!(
        Ask {
            groups: Some(&["adres"]),
            ..bijstand()
        }
        .put(&policy)
        .verdict
        .is_ok()
    );
    let address = Ask {
        groups: Some(&["adres"]),
        ..support::ask("zoek-op-adres", "adres-controle", OUDEDORP)
    };
    assert_eq!(
        reason(&address.put(&policy)),
        Some(&Reason::ForbiddenByRule("oudedorp-dicht".into()))
    );
    assert!(
        Ask {
            party: VOORBEELD,
            ..address
        }
        .put(&policy)
        .verdict
        .is_ok()
    );
    let zaak = Ask {
        service: "zaken",
        direction: Direction::Obtain,
        ..support::ask("zaak-lezen", "adres-controle", VOORBEELD)
    };
    let decision = zaak.put(&policy);
    assert!(matches!(
        reason(&decision),
        Some(Reason::ForbiddenByRule(_))
    ));
    assert_eq!(decision.policies.len(), 3, "{:?}", decision.policies);
    // A rule about the successor's predecessor binds the successor from the day of succession.
    let new_year = 1_798_758_000; // 2027-01-01T00:00 by Dutch clocks
    let later = |party, at_unix_seconds| {
        Ask {
            party,
            at_unix_seconds,
            ..address
        }
        .put(&policy)
    };
    assert_eq!(
        reason(&later(NIEUWSTAD, new_year - 1)),
        Some(&Reason::PartyNotRecipient)
    );
    assert_eq!(
        reason(&later(NIEUWSTAD, new_year)),
        Some(&Reason::ForbiddenByRule("oudedorp-dicht".into()))
    );
    assert_eq!(
        reason(&later(OUDEDORP, new_year)),
        Some(&Reason::ForbiddenByRule("oudedorp-dicht".into()))
    );
}

#[test]
fn persons_in_the_answer_count_when_the_request_names_none() {
    let policy = support::policy("gemeente");
    let release = Ask {
        groups: Some(&["adres"]),
        ..support::ask("zoek-op-adres", "adres-controle", VOORBEELD)
    };
    let release = release.put(&policy).verdict.unwrap();
    let answer = |count: usize| {
        let persons: Vec<String> = (0..count)
            .map(|number| format!(r#"{{"burgerservicenummer":"{number}"}}"#))
            .collect();
        format!(r#"{{"type":"x","personen":[{}]}}"#, persons.join(","))
    };
    assert_eq!(
        release.minimise(answer(5).as_bytes()).unwrap().body,
        br#"{"type":"x","personen":[{},{},{},{},{}]}"#
    );
    assert!(release.minimise(answer(6).as_bytes()).is_err());
    // Of a request that names persons, the partner in the answer is no person too many.
    let named = Ask {
        groups: Some(&["adres"]),
        ..bijstand()
    }
    .put(&policy)
    .verdict
    .unwrap();
    assert!(named.minimise(answer(2).as_bytes()).is_ok());
    // A request that could name persons and does not is a search like any other.
    let unnamed = Ask {
        groups: Some(&["adres"]),
        subjects: 0,
        ..bijstand()
    }
    .put(&policy)
    .verdict
    .unwrap();
    assert!(unnamed.minimise(answer(1).as_bytes()).is_ok());
    assert!(unnamed.minimise(answer(2).as_bytes()).is_err());
}

#[test]
fn an_operation_of_another_folder_is_unknown() {
    let mut source = support::source("gemeente");
    let policy = support::compiled(&source);
    source.files.insert("tests/meer.yaml".into(), "- { case: x, ask: { party: voorbeeld, service: zaken, operation: zaak-lezen }, expect: { permit: [] } }".into());
    let other = support::compiled(&source);
    assert_ne!(policy.digest(), other.digest());
    let operation = other.service("zaken").unwrap().operations()[0].clone();
    let asked = sluis_policy::Asked {
        groups: operation.groups(),
        operation,
        subjects: Vec::new(),
    };
    let question = sluis_policy::Question {
        direction: Direction::Disclose,
        party: VOORBEELD,
        delegator: None,
        asked: &asked,
        purpose: None,
        role: None,
        channel: None,
        contract: None,
        at_unix_seconds: 0,
    };
    assert_eq!(
        reason(&policy.decide(&question)),
        Some(&Reason::OperationUnknown)
    );
    assert_eq!(
        reason(&other.decide(&question)),
        Some(&Reason::PurposeMissing)
    );
}

#[test]
fn a_version_that_was_in_force_does_not_change() {
    let source = support::source("gemeente");
    let policy = support::compiled(&source);
    let now = 1_780_387_200;
    let changed = |path: &str, change: &dyn Fn(&str) -> Option<String>| -> Result<(), String> {
        let mut source = source.clone();
        let text = source.files.remove(path).unwrap();
        if let Some(text) = change(&text) {
            source.files.insert(path.to_owned(), text);
        }
        source.files.retain(|path, _| !path.starts_with("tests/"));
        support::compiled(&source)
            .check_replaces(&policy, now)
            .map_err(|errors| errors.to_string())
    };
    let path = "activities/bijstand-aanvraag-3.yaml";
    assert_eq!(
        changed(path, &|text| Some(format!(
            "# opmaak\n{}",
            text.replace("[balie, papier, web]", "[ balie, papier, 'web' ]")
        ))),
        Ok(())
    );
    assert_eq!(
        changed(path, &|text| Some(
            text.replace("2026-01-01 }", "2026-01-01, until: 2026-06-02 }")
        )),
        Ok(())
    );
    assert!(
        changed(path, &|text| Some(
            text.replace("2026-01-01 }", "2026-01-01, until: 2026-06-01 }")
        ))
        .unwrap_err()
        .contains("in the past")
    );
    assert!(
        changed(path, &|text| Some(text.replace("balie, ", "")))
            .unwrap_err()
            .contains("has been in force and is changed")
    );
    assert!(
        changed(path, &|_| None)
            .unwrap_err()
            .contains("is in force and is not in the folder")
    );
    assert_eq!(
        changed("activities/bijstand-aanvraag-2.yaml", &|_| None),
        Ok(())
    );
    assert!(
        changed("activities/bijstand-aanvraag-2.yaml", &|text| Some(
            text.replace("identiteit", "adres")
        ))
        .is_err()
    );
}

#[test]
fn the_policies_can_be_read() {
    insta::assert_snapshot!(support::policy("gemeente").cedar());
}

#[test]
fn long_lists_can_be_evaluated() {
    let mut source = support::source("gemeente");
    let parties: Vec<String> = (1..=400)
        .map(|number| format!("\"000000991{number:08}000\""))
        .collect();
    let words: Vec<String> = (1..=200).map(|number| format!("rol-{number}")).collect();
    let activity = format!(
        "activity: lang
version: 1
title: Lang
purpose: Lange lijsten.
legal_basis: {{ avg: 6 lid 1 onder a }}
controller: voorbeeld
valid: {{ from: 2020-01-01 }}
discloses:
  - {{ service: brp-personen, operations: [zoek-op-adres], to: [{0}], via: [{0}], data: [adres], when: {{ role: [{1}], channel: [{1}] }} }}
",
        parties.join(", "),
        words.join(", ")
    );
    source.files.insert("activities/lang.yaml".into(), activity);
    let policy = support::compiled(&source);
    let last = "00000099100000400000";
    let ask = Ask {
        groups: Some(&["adres"]),
        role: Some("rol-200"),
        channel: Some("rol-100"),
        ..support::ask("zoek-op-adres", "lang", last)
    };
    assert!(
        ask.put(&policy).verdict.is_ok(),
        "{}",
        ask.put(&policy).explanation
    );
    assert!(
        Ask {
            delegator: Some(last),
            ..ask
        }
        .put(&policy)
        .verdict
        .is_ok()
    );
    assert_eq!(
        reason(
            &Ask {
                role: Some("rol-201"),
                ..ask
            }
            .put(&policy)
        ),
        Some(&Reason::RoleNotAllowed)
    );
    assert_eq!(
        reason(
            &Ask {
                party: VOORBEELD,
                ..ask
            }
            .put(&policy)
        ),
        Some(&Reason::PartyNotRecipient)
    );
}
