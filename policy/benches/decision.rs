//! How long a decision and the filtering of an answer take: `cargo bench -p sluis-policy`.
//!
//! Budget: a decision with 1,000 policies loaded takes 20 us at most, aims at 5 us, and does not depend on how many
//! there are.

use std::fmt::Write;

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use sluis_policy::{
    Asked, BoundPurpose, Direction, PolicySet, PolicySource, PurposeBinding, Question, Release,
};

fn main() {
    divan::main();
}

const PARTY: &str = "00000099000000001000";
const NOON_UNIX_SECONDS: i64 = 1_780_387_200;

/// A register of so many activities with a row each, one service and 350 municipalities.
fn source(policies: usize) -> PolicySource {
    let mut source = PolicySource::default();
    let mut file = |path: String, text: String| source.files.insert(path, text);
    let mut parties = String::from("parties:\n");
    let mut members = Vec::new();
    for number in 1..=350 {
        let _ = writeln!(
            parties,
            "  gemeente-{number}: {{ oin: \"000000990{number:08}000\", name: Gemeente {number} }}"
        );
        members.push(format!("gemeente-{number}"));
    }
    file(
        "parties.yaml".into(),
        format!("{parties}sets:\n  gemeenten: [{}]\n", members.join(", ")),
    );
    file(
        "services/brp-personen.yaml".into(),
        "service: brp-personen
operations:
  raadpleeg-met-bsn:
    http: POST /haalcentraal/api/brp/personen
    where: { /type: RaadpleegMetBurgerservicenummer }
    subjects: { kind: bsn, request: [/burgerservicenummer/*], answer: [/personen/*/burgerservicenummer] }
    narrow: { list: /fields, relative_to: /personen/* }
data:
  identiteit: { sensitivity: bsn, fields: [/personen/*/burgerservicenummer, /personen/*/naam] }
  adres: { sensitivity: ordinary, fields: [/personen/*/verblijfplaats, /personen/*/adressering] }
  partner: { sensitivity: ordinary, fields: [/personen/*/partners/*/naam] }
  kinderen: { sensitivity: ordinary, fields: [/personen/*/kinderen] }
always: [/type]
"
        .into(),
    );
    file(
        "rules/bijzonder.cedar".into(),
        "@id(\"bijzonder\") forbid (principal, action, resource) when { resource.sensitivity == \"special\" && !context.office_hours };"
            .into(),
    );
    for number in 0..policies {
        file(
            format!("activities/activiteit-{number}.yaml"),
            format!(
                "activity: activiteit-{number}
version: 1
title: Activiteit {number}
purpose: Meten.
legal_basis: {{ avg: 6 lid 1 onder e, law: Participatiewet artikel 53a }}
controller: gemeente-1
valid: {{ from: 2026-01-01, until: 2027-01-01 }}
discloses:
  - service: brp-personen
    operations: [raadpleeg-met-bsn]
    to: [gemeenten]
    data: [identiteit, adres, partner]
    subjects_max: 1
    when: {{ role: [inkomensconsulent], channel: [balie, papier, web] }}
    beyond: narrow
"
            ),
        );
    }
    source
}

fn policy(policies: usize) -> PolicySet {
    match PolicySet::compile(&source(policies)) {
        Ok(policy) => policy,
        Err(errors) => {
            let mut told = errors.to_string();
            told.truncate(2000);
            divan::black_box(told);
            std::process::exit(1)
        }
    }
}

const REQUEST: &[u8] = br#"{"type":"RaadpleegMetBurgerservicenummer","burgerservicenummer":["999993653"],"fields":["naam.volledigeNaam","verblijfplaats","partners.naam","kinderen"]}"#;

fn asked(policy: &PolicySet) -> Option<Asked> {
    let service = policy.service("brp-personen")?;
    service
        .candidates("POST", "/haalcentraal/api/brp/personen")
        .read(Some(REQUEST))
        .ok()
}

fn binding(purpose: &str) -> PurposeBinding {
    PurposeBinding::new(vec![BoundPurpose {
        activity: purpose.into(),
        legal_basis: "Participatiewet artikel 53a".into(),
        operations: vec!["raadpleeg-met-bsn".into()],
        data: ["identiteit", "adres", "partner"].map(Into::into).to_vec(),
    }])
}

fn question<'a>(asked: &'a Asked, contract: &'a PurposeBinding, purpose: &'a str) -> Question<'a> {
    Question {
        direction: Direction::Disclose,
        party: PARTY,
        delegator: None,
        asked,
        purpose: Some(purpose),
        role: Some("inkomensconsulent"),
        channel: Some("balie"),
        contract: Some(contract),
        at_unix_seconds: NOON_UNIX_SECONDS,
    }
}

/// Four groups asked, three released; the same question over and over, as a busy source gets it.
#[divan::bench(args = [1, 100, 1000])]
fn decide_a_known_question(bencher: Bencher<'_, '_>, policies: usize) {
    let policy = policy(policies);
    let Some(asked) = asked(&policy) else { return };
    let purpose = format!("activiteit-{}", policies / 2);
    let contract = binding(&purpose);
    bencher.bench(|| policy.decide(black_box(&question(&asked, &contract, &purpose))));
}

/// Every question is another one: nothing is remembered.
#[divan::bench(args = [1, 100, 1000])]
fn decide_a_new_question(bencher: Bencher<'_, '_>, policies: usize) {
    let policy = policy(policies);
    let Some(asked) = asked(&policy) else { return };
    let purpose = format!("activiteit-{}", policies / 2);
    let contract = binding(&purpose);
    let mut at_unix_seconds = 1_767_258_000;
    bencher.bench_local(|| {
        at_unix_seconds = if at_unix_seconds > 1_798_000_000 {
            1_767_258_000
        } else {
            at_unix_seconds + 3600
        };
        policy.decide(black_box(&Question {
            at_unix_seconds,
            ..question(&asked, &contract, &purpose)
        }))
    });
}

#[divan::bench]
fn read_a_request(bencher: Bencher<'_, '_>) {
    let policy = policy(1);
    bencher.bench(|| asked(black_box(&policy)));
}

#[divan::bench]
fn narrow_a_request(bencher: Bencher<'_, '_>) {
    let policy = policy(1);
    let Some(release) = release(&policy) else {
        return;
    };
    bencher.bench(|| release.narrow(black_box(REQUEST)));
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn compile_1000_policies(bencher: Bencher<'_, '_>) {
    let source = source(1000);
    bencher.bench(|| PolicySet::compile(black_box(&source)));
}

fn release(policy: &PolicySet) -> Option<Release> {
    let asked = asked(policy)?;
    let contract = binding("activiteit-0");
    policy
        .decide(&question(&asked, &contract, "activiteit-0"))
        .verdict
        .ok()
}

/// An answer of about so many bytes, of which about half is released.
fn answer(bytes: usize) -> String {
    let person = |number: usize| {
        format!(
            r#"{{"burgerservicenummer":"{number:09}","naam":{{"aanduidingNaamgebruik":{{"code":"E","omschrijving":"eigen geslachtsnaam"}},"voornamen":"Aaltje Berendina","geslachtsnaam":"Voorbeeld","volledigeNaam":"Aaltje Berendina Voorbeeld"}},"leeftijd":42,"geboorte":{{"datum":{{"type":"Datum","datum":"1984-03-02","langFormaat":"2 maart 1984"}},"plaats":{{"code":"0599","omschrijving":"Rotterdam"}}}},"verblijfplaats":{{"type":"Adres","verblijfadres":{{"officieleStraatnaam":"Dorpsstraat","huisnummer":{number},"postcode":"1234AB","woonplaats":"Oudedorp"}}}},"nationaliteiten":[{{"type":"Nationaliteit","nationaliteit":{{"code":"0001","omschrijving":"Nederlandse"}}}}],"partners":[{{"burgerservicenummer":"{number:09}","naam":{{"voornamen":"Cornelis","geslachtsnaam":"Voorbeeld"}},"geboorte":{{"datum":{{"type":"Datum","datum":"1983-07-01"}}}}}}],"kinderen":[{{"burgerservicenummer":"{number:09}","naam":{{"voornamen":"Dirk"}}}},{{"naam":{{"voornamen":"Eva"}}}}]}}"#
        )
    };
    let mut answer = String::from(r#"{"type":"RaadpleegMetBurgerservicenummer","personen":["#);
    let mut number = 0;
    loop {
        answer.push_str(&person(number));
        number += 1;
        if answer.len() >= bytes {
            break;
        }
        answer.push(',');
    }
    answer.push_str("]}");
    answer
}

#[divan::bench(args = [1_000, 32_000, 256_000])]
fn filter_an_answer(bencher: Bencher<'_, '_>, bytes: usize) {
    let policy = policy(1);
    let Some(release) = release(&policy) else {
        return;
    };
    let answer = answer(bytes);
    bencher
        .counter(BytesCount::of_str(&answer))
        .bench(|| release.minimise(black_box(answer.as_bytes())));
}

/// For comparison: only reading into a tree and writing it again, without any filter.
#[divan::bench(args = [1_000, 32_000, 256_000])]
fn a_tree_without_any_filter(bencher: Bencher<'_, '_>, bytes: usize) {
    let answer = answer(bytes);
    bencher.counter(BytesCount::of_str(&answer)).bench(|| {
        serde_json::from_slice::<serde_json::Value>(black_box(answer.as_bytes()))
            .map(|tree| tree.to_string())
    });
}
