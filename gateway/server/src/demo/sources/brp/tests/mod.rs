mod mistakes;
mod shape;

use std::collections::BTreeSet;

use http::Method;

use super::*;
use crate::demo::sources::testing::{Answer, loopback, send};

/// 2026-11-22T12:00:00Z.
const NOW_MS: u64 = 1_795_348_800_000;
const JASMIJN: &str = "999904000";

async fn start() -> BrpSource {
    let persons = Arc::new(Persons::load().unwrap());
    let (clock, _hand) = Clock::fixed(NOW_MS);
    BrpSource::start(loopback().await, persons, clock).unwrap()
}

async fn ask(source: &BrpSource, question: &Value) -> Answer {
    send(
        source.source().address(),
        false,
        Method::POST,
        PERSONEN_PATH,
        &[("content-type", "application/json; charset=utf-8")],
        question.to_string(),
    )
    .await
}

fn by_number(numbers: &[&str], fields: &[&str]) -> Value {
    json!({"type": "RaadpleegMetBurgerservicenummer", "burgerservicenummer": numbers, "fields": fields})
}

fn numbers(answer: &Answer) -> Vec<&str> {
    let persons = answer.body["personen"].as_array().unwrap();
    persons
        .iter()
        .map(|person| person["burgerservicenummer"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_person_is_given_the_asked_fields_and_no_others() {
    let source = start().await;
    let question = by_number(
        &[JASMIJN],
        &[
            "naam.volledigeNaam",
            "geboorte.datum",
            "partners.naam.geslachtsnaam",
        ],
    );
    let answer = ask(&source, &question).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(
        answer.header("content-type"),
        Some("application/json; charset=utf-8")
    );
    assert_eq!(answer.header("api-version"), Some(API_VERSION));
    assert_eq!(
        answer.body,
        json!({
            "type": "RaadpleegMetBurgerservicenummer",
            "personen": [{
                "naam": {"volledigeNaam": "Jasmijn Sofie de Wit"},
                "geboorte": {"datum": {"type": "Datum", "datum": "1991-03-14", "langFormaat": "14 maart 1991"}},
                "partners": [{"naam": {"geslachtsnaam": "Houten"}}],
            }],
        })
    );
    assert_eq!(source.source().requests(), 1);
    let exchange = source.source().last_exchange().unwrap();
    assert_eq!(exchange.request.as_ref(), Some(&question));
    assert_eq!(exchange.answer.as_ref(), Some(&answer.body));
    source.stop().await;
}

#[tokio::test]
async fn http2_with_prior_knowledge_is_answered_as_well() {
    let source = start().await;
    let answer = send(
        source.source().address(),
        true,
        Method::POST,
        PERSONEN_PATH,
        &[("content-type", "application/json")],
        by_number(&[JASMIJN], &["leeftijd"]).to_string(),
    )
    .await;
    assert_eq!(answer.body["personen"], json!([{"leeftijd": 35}]));
}

#[tokio::test]
async fn what_is_delivered_unasked_comes_with_every_answer() {
    let source = start().await;
    let found = |answer: Answer| answer.body["personen"][0].clone();
    let naima = ask(&source, &by_number(&["999904280"], &["naam.voorletters"])).await;
    assert_eq!(
        found(naima),
        json!({"naam": {"voorletters": "N."}, "geheimhoudingPersoonsgegevens": true})
    );
    let claire = found(ask(&source, &by_number(&["999905296"], &["naam.voorletters"])).await);
    let members: BTreeSet<&str> = claire
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let expected = ["naam", "opschortingBijhouding", "rni", "verificatie"];
    assert_eq!(members, expected.into());
    let roos = found(
        ask(
            &source,
            &by_number(&["999905119"], &["verblijfplaats.verblijfadres.postcode"]),
        )
        .await,
    );
    let address = &roos["verblijfplaats"]["verblijfadres"];
    assert_eq!(address["inOnderzoek"]["postcode"], true);
    assert!(address["inOnderzoek"].get("huisnummer").is_none());
    let kees = found(
        ask(
            &source,
            &by_number(&["999905181"], &["adressering.adresregel1"]),
        )
        .await,
    );
    assert_eq!(
        kees["adressering"]["indicatieVastgesteldVerblijftNietOpAdres"],
        true
    );
}

#[tokio::test]
async fn a_careless_source_answers_with_all_it_holds() {
    let source = start().await;
    source.answer_everything(true);
    let answer = ask(&source, &by_number(&[JASMIJN], &["leeftijd"])).await;
    assert_eq!(answer.body["personen"][0], source.holds(JASMIJN).unwrap());
    source.answer_everything(false);
    let answer = ask(&source, &by_number(&[JASMIJN], &["leeftijd"])).await;
    assert_eq!(answer.body["personen"][0], json!({"leeftijd": 35}));
}

#[tokio::test]
async fn persons_are_found_by_what_is_known_of_them() {
    let source = start().await;
    let search = |kind: &str, mut criteria: Value| {
        criteria["type"] = kind.into();
        criteria["fields"] = json!(["burgerservicenummer"]);
        criteria
    };
    for (question, expected) in [
        (
            search(
                "ZoekMetGeslachtsnaamEnGeboortedatum",
                json!({"geslachtsnaam": "wit", "geboortedatum": "1991-03-14"}),
            ),
            &["999904000", "999905521"][..],
        ),
        (
            search(
                "ZoekMetGeslachtsnaamEnGeboortedatum",
                json!({"geslachtsnaam": "WIT", "geboortedatum": "1991-03-14", "voornamen": "jas*", "voorvoegsel": "de", "geslacht": "v"}),
            ),
            &["999904000"],
        ),
        (
            search(
                "ZoekMetPostcodeEnHuisnummer",
                json!({"postcode": "1999 ab", "huisnummer": 12}),
            ),
            &["999904000", "999904024", "999904073", "999904218"],
        ),
        (
            search(
                "ZoekMetPostcodeEnHuisnummer",
                json!({"postcode": "1999AB", "huisnummer": 12, "geboortedatum": "2021-01-30"}),
            ),
            &["999904218"],
        ),
        (
            search(
                "ZoekMetPostcodeEnHuisnummer",
                json!({"postcode": "1999EF", "huisnummer": 88}),
            ),
            &["999904802"],
        ),
        (
            search(
                "ZoekMetPostcodeEnHuisnummer",
                json!({"postcode": "1999EF", "huisnummer": 88, "inclusiefOverledenPersonen": true}),
            ),
            &["999904802", "999904814"],
        ),
        (
            search(
                "ZoekMetNaamEnGemeenteVanInschrijving",
                json!({"geslachtsnaam": "smid", "voornamen": "Noor", "gemeenteVanInschrijving": "9902"}),
            ),
            &["999905302"],
        ),
        (
            search(
                "ZoekMetStraatHuisnummerEnGemeenteVanInschrijving",
                json!({"straat": "oude hav*", "huisnummer": 27, "gemeenteVanInschrijving": "9901"}),
            ),
            &["999904280", "999904292"],
        ),
        (
            search(
                "ZoekMetNummeraanduidingIdentificatie",
                json!({"nummeraanduidingIdentificatie": "9901200000001105"}),
            ),
            &["999904899", "999905119", "999905181"],
        ),
        (
            search(
                "ZoekMetAdresseerbaarObjectIdentificatie",
                json!({"adresseerbaarObjectIdentificatie": "9901010000001103"}),
            ),
            &["999904231", "999904255"],
        ),
    ] {
        let answer = ask(&source, &question).await;
        assert_eq!(answer.status, StatusCode::OK, "{:#}", answer.body);
        assert_eq!(numbers(&answer), expected, "{question}");
    }
    let elsewhere = json!({"type": "RaadpleegMetBurgerservicenummer", "burgerservicenummer": [JASMIJN], "gemeenteVanInschrijving": "9902", "fields": ["burgerservicenummer"]});
    assert_eq!(ask(&source, &elsewhere).await.body["personen"], json!([]));
}
