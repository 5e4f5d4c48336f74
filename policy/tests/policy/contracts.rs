//! What becomes of proposed contracts, and what they would open.

use std::sync::LazyLock;

use proptest::prelude::*;
use sluis_policy::{
    Approval, BoundPurpose, GrantKind, Outcome, OutwayIdentity, PolicySet, PolicySource,
    ProposedContract, ProposedGrant, PurposeBinding, PurposePreview,
};

use crate::support;

const VOORBEELD: &str = "00000099000000001000";
const UITVOERING: &str = "00000099000000004000";
/// Tuesday 2026-06-02, 10:00 by Dutch clocks.
const NOW: i64 = 1_780_387_200;
const DAY: i64 = 86_400;

/// The example with a rule file of the test's own.
fn with(rules: &str) -> PolicySource {
    let mut source = support::source("gemeente");
    source.files.remove("tests/contracten.yaml");
    source
        .files
        .insert("contracts.yaml".to_owned(), rules.to_owned());
    source
}

fn mistakes(rules: &str) -> String {
    PolicySet::compile(&with(rules)).unwrap_err().to_string()
}

fn purposes(data: &[&str]) -> PurposeBinding {
    PurposeBinding::new(vec![BoundPurpose {
        activity: "bijstand-aanvraag".into(),
        legal_basis: "Participatiewet artikel 53a".into(),
        operations: vec!["raadpleeg-met-bsn".into()],
        data: data.iter().map(|name| (*name).into()).collect(),
    }])
}

fn connection(purposes: Option<&PurposeBinding>) -> ProposedGrant<'_> {
    ProposedGrant {
        kind: GrantKind::Connection,
        service: "brp-personen",
        provider: UITVOERING,
        caller: Some(VOORBEELD),
        outway: Some(OutwayIdentity::PublicKey),
        directory: None,
        delegator: None,
        service_delegator: None,
        purposes,
        external_contract: false,
        other_properties: false,
        is_offered: true,
    }
}

fn contract(grants: Vec<ProposedGrant<'_>>) -> ProposedContract<'_> {
    ProposedContract {
        own: UITVOERING,
        peers: vec![VOORBEELD, UITVOERING],
        not_before_unix_seconds: NOW,
        not_after_unix_seconds: NOW + 365 * DAY,
        grants,
        at_unix_seconds: NOW,
    }
}

fn said(approval: &Approval) -> String {
    let rules: Vec<&str> = approval.rules.iter().map(|rule| &**rule).collect();
    format!(
        "{} ({}; {}): {}",
        approval.outcome,
        approval.code,
        rules.join(", "),
        approval.reason
    )
}

#[test]
fn the_decision_says_which_rule_and_why() {
    let policy = support::policy("gemeente");
    let (few, many) = (purposes(&["adres"]), purposes(&["adres", "gezag"]));
    let mut lines = Vec::new();
    let mut put = |grants: Vec<ProposedGrant<'_>>| {
        let approval = policy.approve(&contract(grants));
        assert_eq!(approval.policy.as_ref(), Some(policy.digest()));
        lines.push(said(&approval));
    };
    put(vec![connection(Some(&few))]);
    put(vec![connection(Some(&few)), connection(Some(&many))]);
    put(vec![connection(None)]);
    put(vec![ProposedGrant {
        other_properties: true,
        ..connection(Some(&few))
    }]);
    put(vec![ProposedGrant {
        external_contract: true,
        delegator: Some("00000099000000008000"),
        ..connection(Some(&few))
    }]);
    put(vec![ProposedGrant {
        is_offered: false,
        ..connection(Some(&few))
    }]);
    put(vec![ProposedGrant {
        caller: Some("00000099000000008000"),
        ..connection(Some(&few))
    }]);
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn without_rules_a_person_decides() {
    let mut source = with("");
    source.files.remove("contracts.yaml");
    let policy = support::compiled(&source);
    let few = purposes(&["adres"]);
    let approval = policy.approve(&contract(vec![connection(Some(&few))]));
    assert_eq!(
        (approval.outcome, approval.code),
        (Outcome::Hold, "no-rule")
    );
    assert_eq!(Approval::without_policy().outcome, Outcome::Hold);
}

#[test]
fn the_strictest_rule_wins_in_any_order() {
    let rule = |name: &str, decide: &str| {
        format!(
            "  - {{ rule: {name}, decide: {decide}, because: x, when: {{ services: [brp-personen] }} }}\n"
        )
    };
    let all = [("a", "accept"), ("h", "hold"), ("r", "reject")];
    let few = purposes(&["adres"]);
    for (first, second, expected) in [
        (0, 1, Outcome::Hold),
        (1, 0, Outcome::Hold),
        (0, 2, Outcome::Reject),
        (2, 1, Outcome::Reject),
        (0, 0, Outcome::Accept),
    ] {
        let mut text = String::from("rules:\n");
        let mut places = vec![first, second];
        places.dedup();
        for place in places {
            text.push_str(&rule(all[place].0, all[place].1));
        }
        let policy = support::compiled(&with(&text));
        let approval = policy.approve(&contract(vec![connection(Some(&few))]));
        assert_eq!(approval.outcome, expected, "{text}");
    }
}

#[test]
fn a_directory_needs_no_activities() {
    let mut source = PolicySource::default();
    source.files.insert(
        "contracts.yaml".into(),
        "rules:\n  - { rule: a, decide: accept, because: b, when: { grants: [publication] } }\n"
            .into(),
    );
    let policy = support::compiled(&source);
    let publication = ProposedGrant {
        kind: GrantKind::Publication,
        caller: None,
        outway: None,
        directory: Some(VOORBEELD),
        ..connection(None)
    };
    let mut contract = contract(vec![publication]);
    contract.own = VOORBEELD;
    assert_eq!(policy.approve(&contract).outcome, Outcome::Accept);
    contract.own = "00000099000000009000";
    let approval = policy.approve(&contract);
    assert_eq!(
        (approval.outcome, approval.code),
        (Outcome::Hold, "not-a-party")
    );
}

/// FSC External Contract Reference 1.0.0, section 2.1.2: verified outside FSC before it is accepted.
#[test]
fn no_rule_accepts_what_rests_on_a_contract_outside_fsc() {
    let policy = support::compiled(&with(
        "rules:\n  - { rule: alles, decide: accept, because: x, when: { on_behalf_of: [anyone] } }\n  \
           - { rule: lijst, decide: accept, because: x, when: { grants: [publication], offered_on_behalf_of: [anyone] } }\n",
    ));
    let few = purposes(&["adres"]);
    let calling = ProposedGrant {
        delegator: Some(VOORBEELD),
        ..connection(Some(&few))
    };
    let published = ProposedGrant {
        kind: GrantKind::Publication,
        caller: None,
        outway: None,
        directory: Some(VOORBEELD),
        service_delegator: Some("00000099000000005000"),
        ..connection(None)
    };
    for (grant, own) in [(calling, UITVOERING), (published, VOORBEELD)] {
        let external = ProposedGrant {
            external_contract: true,
            ..grant.clone()
        };
        let mut contract = contract(vec![external]);
        contract.own = own;
        let approval = policy.approve(&contract);
        assert_eq!(
            (approval.outcome, approval.code),
            (Outcome::Hold, "external-contract"),
            "{}",
            approval.reason
        );
        contract.grants = vec![grant];
        assert_ne!(policy.approve(&contract).code, "external-contract");
    }
}

#[test]
fn mistakes_in_rules_are_told_with_their_place() {
    insta::assert_snapshot!(mistakes(
        r"rules:
  - rule: alles
    decide: accept
    because: x
  - rule: alles
    decide: allow
    because: x
    when: { caller: [gemeente], services: [brp-personnen], purposes: [bijstand], data: [gezach] }
  - decide: hold
    when: { grants: [connections], outway: [key], days_at_most: veel, ends_by: morgen, kleur: rood }
rule: x
"
    ));
    assert!(mistakes("- rule: a\n").starts_with("contracts.yaml:1:1: the file must be a table"));
    assert!(mistakes("rules: []\n").starts_with("contracts.yaml:1:8: `rules` is an empty list"));
}

fn shown(previews: &[PurposePreview]) -> String {
    let mut lines = Vec::new();
    for preview in previews {
        let direction = preview.direction.map(sluis_policy::Direction::as_str);
        lines.push(format!(
            "{} {direction:?} {:?}",
            preview.activity, preview.problem
        ));
        for opening in &preview.opens {
            lines.push(format!(
                "  {} {:?} {:?} {:?} {:?} {:?} {}..{}",
                opening.row,
                opening.operations,
                opening.data,
                opening.roles,
                opening.channels,
                opening.subjects_max,
                opening.from_unix_seconds,
                opening.until_unix_seconds
            ));
        }
        for (data, why) in &preview.closed {
            lines.push(format!("  not {data}: {why}"));
        }
    }
    lines.join("\n")
}

#[test]
fn a_preview_says_what_the_register_would_release() {
    let policy = support::policy("gemeente");
    let all = purposes(&["identiteit", "adres", "partner", "gezag", "onbekend"]);
    let preview = |contract: &ProposedContract<'_>| shown(&policy.preview(contract)[0]);
    let mut agreed = contract(vec![connection(Some(&all))]);
    let mut lines = vec![preview(&agreed)];
    // A version that ends, an organisation that is no recipient, and nobody of ours.
    agreed.not_before_unix_seconds = 1_760_000_000;
    agreed.not_after_unix_seconds = NOW - 1;
    lines.push(preview(&agreed));
    agreed = contract(vec![ProposedGrant {
        caller: Some("00000099000000005000"),
        ..connection(Some(&all))
    }]);
    lines.push(preview(&agreed));
    agreed.own = VOORBEELD;
    lines.push(preview(&agreed));
    insta::assert_snapshot!(lines.join("\n\n"));
}

proptest! {
    /// Whatever is proposed, nothing that no rule accepts is accepted, and asking for more never makes a decision milder.
    #[test]
    fn more_is_never_judged_milder(
        first in prop::sample::subsequence(vec!["identiteit", "adres", "partner", "gezag"], 1..=4),
        more in prop::sample::subsequence(vec!["identiteit", "adres", "partner", "gezag"], 0..=4),
        days in 1_i64..2000,
    ) {
        static POLICY: LazyLock<PolicySet> = LazyLock::new(|| support::policy("gemeente"));
        let both: Vec<&str> = first.iter().chain(&more).copied().collect();
        let (less, more) = (purposes(&first), purposes(&both));
        let judge = |binding: &PurposeBinding| {
            let mut contract = contract(vec![connection(Some(binding))]);
            contract.not_after_unix_seconds = NOW + days * DAY;
            POLICY.approve(&contract).outcome
        };
        prop_assert!(judge(&less) <= judge(&more));
        prop_assert_eq!(judge(&less) == Outcome::Reject, days > 1100);
        if first.contains(&"gezag") {
            prop_assert!(judge(&less) != Outcome::Accept);
        }
    }
}
