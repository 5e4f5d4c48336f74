//! What is wrong with a question, and how the source says so.

use std::collections::BTreeSet;

use super::*;

/// Name and code of each wrong parameter. Their order is that of the members of a JSON object: none.
fn invalid(answer: &Answer) -> BTreeSet<(&str, &str)> {
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(
        answer.header("content-type"),
        Some("application/problem+json")
    );
    let params = answer.body["invalidParams"].as_array().unwrap();
    params
        .iter()
        .map(|param| {
            (
                param["name"].as_str().unwrap(),
                param["code"].as_str().unwrap(),
            )
        })
        .collect()
}

#[tokio::test]
async fn every_mistake_in_a_question_is_named_at_once() {
    let source = start().await;
    let many = vec![JASMIJN; 21];
    let all_fields = vec!["leeftijd"; 131];
    for (question, title, mistakes) in [
        (json!({}), "Minimale", &[("type", "required")][..]),
        (json!([1]), "Minimale", &[("type", "required")]),
        (
            json!({"type": "ZoekMetVoornamen"}),
            "Een of meerdere",
            &[("type", "value")],
        ),
        (
            json!({"type": "ZoekMetGeslachtsnaamEnGeboortedatum"}),
            "Minimale",
            &[
                ("geboortedatum", "required"),
                ("geslachtsnaam", "required"),
                ("fields", "required"),
            ],
        ),
        (
            by_number(&[], &[]),
            "Een of meerdere",
            &[("fields", "minItems"), ("burgerservicenummer", "minItems")],
        ),
        (
            by_number(&many, &all_fields),
            "Een of meerdere",
            &[("fields", "maxItems"), ("burgerservicenummer", "maxItems")],
        ),
        (
            by_number(
                &[JASMIJN, "12345678", "<script>"],
                &[
                    "naam",
                    "anummer",
                    "a*nummer",
                    "geheimhoudingPersoonsgegevens",
                    "naam.inOnderzoek",
                ],
            ),
            "Een of meerdere",
            &[
                ("fields.1", "fields"),
                ("fields.2", "pattern"),
                ("fields.3", "fields"),
                ("fields.4", "fields"),
                ("burgerservicenummer.1", "pattern"),
                ("burgerservicenummer.2", "pattern"),
            ],
        ),
        (
            json!({"type": "RaadpleegMetBurgerservicenummer", "burgerservicenummer": JASMIJN, "fields": "naam", "voornamen": "x", "999904000": 1}),
            "Een of meerdere",
            &[
                ("onbekend", "unknownParam"),
                ("voornamen", "unknownParam"),
                ("fields", "array"),
                ("burgerservicenummer", "array"),
            ],
        ),
        (
            json!({"type": "ZoekMetGeslachtsnaamEnGeboortedatum", "geslachtsnaam": "wi*", "geboortedatum": "26 mei 1983", "geslacht": "x", "inclusiefOverledenPersonen": "ja", "fields": ["aNummer"]}),
            "Een of meerdere",
            &[
                ("fields.0", "fields"),
                ("geboortedatum", "date"),
                ("geslacht", "pattern"),
                ("geslachtsnaam", "pattern"),
                ("inclusiefOverledenPersonen", "boolean"),
            ],
        ),
        (
            json!({"type": "ZoekMetPostcodeEnHuisnummer", "postcode": "0999AB", "huisnummer": "12", "huisletter": "AA", "huisnummertoevoeging": "12345", "fields": ["leeftijd"]}),
            "Een of meerdere",
            &[
                ("huisletter", "pattern"),
                ("huisnummer", "integer"),
                ("huisnummertoevoeging", "pattern"),
                ("postcode", "pattern"),
            ],
        ),
    ] {
        let answer = ask(&source, &question).await;
        assert_eq!(
            invalid(&answer),
            mistakes.iter().copied().collect(),
            "{question}"
        );
        assert!(
            answer.body["title"].as_str().unwrap().starts_with(title),
            "{question}"
        );
        assert!(!answer.body.to_string().contains(JASMIJN));
    }
}

#[tokio::test]
async fn the_source_keeps_to_http() {
    let source = start().await;
    let question = by_number(&[JASMIJN], &["leeftijd"]).to_string();
    let address = source.source().address();
    for (method, path, headers, body, expected) in [
        (
            Method::GET,
            PERSONEN_PATH,
            &[][..],
            "",
            StatusCode::METHOD_NOT_ALLOWED,
        ),
        (
            Method::POST,
            "/personen",
            &[("content-type", "application/json")],
            &question,
            StatusCode::NOT_FOUND,
        ),
        (
            Method::POST,
            PERSONEN_PATH,
            &[],
            &question,
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ),
        (
            Method::POST,
            PERSONEN_PATH,
            &[("content-type", "text/plain")],
            &question,
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ),
        (
            Method::POST,
            PERSONEN_PATH,
            &[("content-type", "application/json; charset=latin1")],
            &question,
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ),
        (
            Method::POST,
            PERSONEN_PATH,
            &[
                ("content-type", "application/json"),
                ("accept", "application/xml"),
            ],
            &question,
            StatusCode::NOT_ACCEPTABLE,
        ),
        (
            Method::POST,
            PERSONEN_PATH,
            &[
                ("content-type", "application/json"),
                ("accept", "text/html, */*;q=0.1"),
            ],
            &question,
            StatusCode::OK,
        ),
        (
            Method::POST,
            PERSONEN_PATH,
            &[("content-type", "application/json")],
            "{\"type\":",
            StatusCode::BAD_REQUEST,
        ),
    ] {
        let answer = send(address, false, method, path, headers, body.to_owned()).await;
        assert_eq!(answer.status, expected, "{path} {headers:?}");
        if !answer.status.is_success() {
            assert_eq!(
                answer.header("content-type"),
                Some("application/problem+json")
            );
            assert_eq!(answer.body["status"], expected.as_u16());
        }
    }
    assert_eq!(source.source().requests(), 8);
}

#[tokio::test]
async fn a_question_that_is_too_large_is_not_read() {
    let source = start().await;
    let body = " ".repeat(crate::demo::sources::exchange::REQUEST_BYTES_MAX + 1);
    let client = send(
        source.source().address(),
        false,
        Method::POST,
        PERSONEN_PATH,
        &[("content-type", "application/json")],
        body,
    )
    .await;
    assert_eq!(client.status, StatusCode::PAYLOAD_TOO_LARGE);
}
