//! Whether questions and answers have the published shape, and what of a record is delivered.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::subsequence;

use super::super::askable::Askable;
use super::super::fields::Fields;
use super::*;
use crate::demo::sources::schema::Schema;

const DOCUMENT: &str = "brp-personen-bevragen.yaml";

#[test]
fn the_fields_that_may_be_asked_are_those_of_the_published_lists() {
    for (askable, file) in [
        (Askable::Person, "brp-fields-persoon.csv"),
        (Askable::Limited, "brp-fields-persoon-beperkt.csv"),
    ] {
        let path = format!("{}/../../../shared/data/{file}", env!("CARGO_MANIFEST_DIR"));
        let Ok(text) = std::fs::read_to_string(path) else {
            println!("skipped: {file} is not next to the repository");
            continue;
        };
        let published: BTreeSet<String> = text.lines().skip(1).map(str::to_owned).collect();
        let ours: BTreeSet<String> = askable.paths().into_iter().collect();
        let missing: Vec<_> = published.difference(&ours).collect();
        let extra: Vec<_> = ours.difference(&published).collect();
        assert!(
            missing.is_empty() && extra.is_empty(),
            "missing {missing:?}, extra {extra:?}"
        );
    }
}

#[tokio::test]
async fn every_answer_has_the_published_shape() {
    let Some(schema) = Schema::load(DOCUMENT) else {
        return;
    };
    let source = start().await;
    let all: Vec<String> = Persons::load()
        .unwrap()
        .all()
        .iter()
        .map(|p| p.bsn().to_owned())
        .collect();
    for group in all.chunks(20) {
        for careless in [true, false] {
            source.answer_everything(careless);
            for fields in Askable::Person.paths().chunks(130) {
                let question = json!({"type": "RaadpleegMetBurgerservicenummer", "burgerservicenummer": group, "fields": fields});
                let answer = ask(&source, &question).await;
                assert_eq!(answer.status, StatusCode::OK, "{:#}", answer.body);
                schema.check("PersonenQueryResponse", &answer.body);
            }
        }
    }
    let search = json!({"type": "ZoekMetAdresseerbaarObjectIdentificatie", "adresseerbaarObjectIdentificatie": "9901010000001012", "fields": Askable::LimitedWithAuthority.paths()});
    let answer = ask(&source, &search).await;
    assert_eq!(answer.body["personen"].as_array().unwrap().len(), 4);
    schema.check("PersonenQueryResponse", &answer.body);
    for wrong in [
        json!({}),
        json!({"type": "x"}),
        by_number(&["1"; 20], &["?"; 130]),
        json!({"type": "ZoekMetPostcodeEnHuisnummer", "a b": 1, "fields": ["x"]}),
    ] {
        let answer = ask(&source, &wrong).await;
        schema.check("BadRequestFoutbericht", &answer.body);
    }
}

/// Every path in a value, with lists looked through.
fn paths_of(value: &Value, at: &str, paths: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let path = if at.is_empty() {
                    name.clone()
                } else {
                    format!("{at}.{name}")
                };
                paths_of(member, &path, paths);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| paths_of(item, at, paths)),
        _ => {
            paths.insert(at.to_owned());
        }
    }
}

fn is_automatic(path: &str) -> bool {
    const AUTOMATIC: [&str; 6] = [
        "type",
        "inOnderzoek",
        "indicatieVastgesteldVerblijftNietOpAdres",
        "geheimhoudingPersoonsgegevens",
        "opschortingBijhouding",
        "rni",
    ];
    path.split('.').any(|step| AUTOMATIC.contains(&step)) || path.starts_with("verificatie.")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is asked of whomever: all of it that is known is delivered, and nothing else but
    /// what is automatic.
    #[test]
    fn an_answer_is_what_was_asked_and_is_known(
        asked in subsequence(Askable::Person.paths(), 1..12),
        who in 0usize..36,
    ) {
        let persons = Persons::load().unwrap();
        let today = time::macros::date!(2026 - 11 - 22);
        let record = persons.record(&persons.all()[who], today);
        let mut fields = Fields::default();
        for path in &asked {
            prop_assert!(fields.ask(Askable::Person, path));
        }
        let answer = fields.of(&record);
        let (mut known, mut given) = (BTreeSet::new(), BTreeSet::new());
        paths_of(&record, "", &mut known);
        paths_of(&answer, "", &mut given);
        let home = ["Adres", "Locatie"].iter().any(|kind| record["verblijfplaats"]["type"] == *kind);
        let wanted: Vec<String> = asked
            .iter()
            .filter(|path| home || !(path.starts_with("verblijfplaatsBinnenland") || path.starts_with("adresseringBinnenland.adresregel")))
            .flat_map(|path| Askable::Person.find(path).unwrap())
            .map(|steps| steps.join(".").replace("Binnenland", ""))
            .collect();
        let abroad_line = |path: &str| !home && path.starts_with("adressering.adresregel");
        for path in &given {
            let is_wanted = wanted.iter().any(|wanted| path == wanted || path.starts_with(&format!("{wanted}.")));
            prop_assert!(is_wanted || is_automatic(path), "{path} was not asked");
            prop_assert!(known.contains(path), "{path} is not known");
        }
        for path in known.iter().filter(|path| !is_automatic(path) && !abroad_line(path)) {
            let is_wanted = wanted.iter().any(|wanted| path == wanted || path.starts_with(&format!("{wanted}.")));
            prop_assert!(!is_wanted || given.contains(path), "{path} was asked and not given");
        }
    }
}
