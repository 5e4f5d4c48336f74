//! What Cedar decides and what the explanation says are two programs; they must agree.

use std::fmt::Write;

use proptest::prelude::*;
use sluis_policy::{PolicySet, Reason};

use crate::support::{self, Ask};

const VOORBEELD: &str = "00000099000000001000";
const OUDEDORP: &str = "00000099000000002000";
const NIEUWSTAD: &str = "00000099000000003000";
const DIENSTENCENTRUM: &str = "00000099000000005000";
const NOBODY: &str = "00000099000000999000";

/// Rows with conditions of every kind, in different measures.
fn rows() -> PolicySet {
    let mut source = support::source("gemeente");
    let mut activity = "activity: veel
version: 1
title: Veel
purpose: Rijen van allerlei soort.
legal_basis: { avg: 6 lid 1 onder a }
controller: voorbeeld
valid: { from: 2020-01-01 }
discloses:
"
    .to_owned();
    let parties = [
        "gemeenten",
        "voorbeeld",
        "nieuwstad",
        "oudedorp",
        "dienstencentrum",
    ];
    for number in 0..12_usize {
        let operation = ["raadpleeg-met-bsn", "zoek-op-adres"][number % 2];
        let data = ["identiteit", "adres", "partner", "gezag"][number % 4];
        let via = if number % 3 == 0 {
            format!(", via: [{}]", parties[(number + 2) % 5])
        } else {
            String::new()
        };
        let when = match number % 4 {
            0 => ", when: { role: [a, b] }",
            1 => ", when: { channel: [c], role: [b] }",
            2 => ", when: { channel: [c, d] }",
            _ => "",
        };
        let max = if number % 5 < 2 {
            ", subjects_max: 2"
        } else {
            ""
        };
        let party = parties[number % 5];
        writeln!(
            activity,
            "  - {{ service: brp-personen, operations: [{operation}], to: [{party}]{via}, data: [{data}, adres]{when}{max}, beyond: narrow }}"
        )
        .unwrap();
    }
    // Data that stand twice in a row are no mistake worth telling here.
    let activity = activity.replace("[adres, adres]", "[adres]");
    source.files.insert("activities/veel.yaml".into(), activity);
    source.files.retain(|path, _| !path.starts_with("rules/"));
    support::compiled(&source)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// The explanation is made beside Cedar. Where no rule speaks, the two must always agree; else the reason would be
    /// `evaluation-failed`, or a refused group would be permitted by every condition of a row.
    #[test]
    fn cedar_and_the_explanation_agree(
        party in prop::sample::select(vec![VOORBEELD, OUDEDORP, NIEUWSTAD, DIENSTENCENTRUM, NOBODY]),
        delegator in prop::sample::select(vec![None, None, Some(VOORBEELD), Some(OUDEDORP), Some(NIEUWSTAD), Some(NOBODY)]),
        operation in prop::sample::select(vec!["raadpleeg-met-bsn", "zoek-op-adres"]),
        groups in prop::sample::subsequence(vec!["identiteit", "adres", "partner", "gezag"], 1..=4),
        role in prop::sample::select(vec![None, Some("a"), Some("b"), Some("x")]),
        channel in prop::sample::select(vec![None, Some("c"), Some("d"), Some("x")]),
        subjects in 0_usize..4,
        at_unix_seconds in prop::sample::select(vec![1_780_387_200, 1_798_800_000]),
    ) {
        thread_local!(static POLICY: PolicySet = rows());
        let ask = Ask { delegator, groups: Some(&groups), subjects, role, channel, at_unix_seconds, ..support::ask(operation, "veel", party) };
        let decision = POLICY.with(|policy| ask.put(policy));
        prop_assert_eq!(decision.permitted.len() + decision.refused.len(), groups.len());
        for (group, reason) in &decision.refused {
            prop_assert!(*reason != Reason::EvaluationFailed, "{}: {}", group, decision.explanation);
        }
        prop_assert_eq!(decision.verdict.is_ok(), !decision.permitted.is_empty());
    }
}
