use http::Method;
use serde_json::json;

use super::*;
use crate::demo::persons::Persons;
use crate::demo::sources::schema::Schema;
use crate::demo::sources::testing::{Answer, loopback, send};

const DOCUMENT: &str = "zgw-zaken-1.5.1.yaml";
const ACCEPT_CRS: (&str, &str) = ("accept-crs", CRS);
const SEARCH: [(&str, &str); 3] = [
    ACCEPT_CRS,
    ("content-crs", CRS),
    ("content-type", "application/json"),
];

async fn start() -> ZakenSource {
    let persons = Arc::new(Persons::load().unwrap());
    let cases = Cases::load(persons).unwrap();
    ZakenSource::start(loopback().await, &cases, None).unwrap()
}

async fn get(source: &ZakenSource, target: &str) -> Answer {
    get_with(source, target, &[ACCEPT_CRS]).await
}

async fn get_with(source: &ZakenSource, target: &str, headers: &[(&str, &str)]) -> Answer {
    let address = source.source().address();
    send(address, false, Method::GET, target, headers, String::new()).await
}

async fn search(source: &ZakenSource, question: Value) -> Answer {
    let (address, path) = (source.source().address(), "/zaken/api/v1/zaken/_zoek");
    send(
        address,
        false,
        Method::POST,
        path,
        &SEARCH,
        question.to_string(),
    )
    .await
}

fn numbers(answer: &Answer) -> Vec<&str> {
    let results = answer.body["results"].as_array().unwrap();
    results
        .iter()
        .map(|zaak| zaak["identificatie"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn pages_follow_each_other_and_hold_every_case_once() {
    let source = start().await;
    let first = get(&source, "/zaken/api/v1/zaken").await;
    assert_eq!(first.status, StatusCode::OK);
    assert_eq!(first.header("content-crs"), Some(CRS));
    assert_eq!(first.header("api-version"), Some(API_VERSION));
    assert_eq!(first.body["count"], source.holds().zaken.len());
    assert!(first.body["previous"].is_null());
    let second = get(&source, first.body["next"].as_str().unwrap()).await;
    assert!(second.body["next"].is_null());
    let mut all = numbers(&first);
    all.extend(numbers(&second));
    let held: Vec<_> = source
        .holds()
        .zaken
        .iter()
        .map(|zaak| zaak["identificatie"].as_str().unwrap())
        .collect();
    assert_eq!(all, held);
    let back = get(&source, second.body["previous"].as_str().unwrap()).await;
    assert_eq!(back.body, first.body);
    for page in ["0", "3", "-1", "x", "99999999999999999999"] {
        let target = format!("/zaken/api/v1/zaken?page={page}");
        assert!(get(&source, &target).await.status.is_client_error());
    }
}

#[tokio::test]
async fn a_case_leads_to_its_roles_its_status_and_its_result() {
    let source = start().await;
    let found = search(&source, json!({"identificatie": "ZAAK-2026-0000002"})).await;
    let url = found.body["results"][0]["url"].as_str().unwrap();
    let zaak = get(&source, url).await;
    assert_eq!(zaak.body, found.body["results"][0]);
    assert_eq!(zaak.body["vertrouwelijkheidaanduiding"], "vertrouwelijk");
    for (member, holds) in [
        ("status", json!({"statustoelichting": "Besloten"})),
        ("resultaat", json!({"toelichting": "Toegekend"})),
    ] {
        let part = get(&source, zaak.body[member].as_str().unwrap()).await;
        assert_eq!(part.status, StatusCode::OK);
        assert_eq!(part.body["zaak"], url);
        for (name, value) in holds.as_object().unwrap() {
            assert_eq!(&part.body[name], value);
        }
    }
    let roles = get(&source, &format!("/zaken/api/v1/rollen?zaak={url}")).await;
    let results = roles.body["results"].as_array().unwrap();
    let urls: Vec<&Value> = results.iter().map(|rol| &rol["url"]).collect();
    assert_eq!(json!(urls), zaak.body["rollen"]);
    assert_eq!(results[0]["betrokkeneIdentificatie"]["inpBsn"], "999904589");
    let statuses = get(
        &source,
        &format!("/zaken/api/v1/statussen?zaak={url}&indicatieLaatstGezetteStatus=true"),
    )
    .await;
    assert_eq!(statuses.body["results"][0]["url"], zaak.body["status"]);
    assert_eq!(statuses.body["count"], 1);
}

#[tokio::test]
async fn a_search_finds_the_cases_of_a_person_without_a_number_in_a_url() {
    let source = start().await;
    let number = "999904589";
    let of_person = json!({"rol__betrokkeneIdentificatie__natuurlijkPersoon__inpBsn": number});
    let found = search(&source, of_person.clone()).await;
    let held: Vec<_> = source
        .holds()
        .cases_of(number)
        .map(|zaak| zaak["identificatie"].as_str().unwrap())
        .collect();
    assert_eq!(numbers(&found), held);
    assert_eq!(held.len(), 4);
    let mut open = of_person;
    open["einddatum__isnull"] = json!(true);
    assert_eq!(numbers(&search(&source, open).await), ["ZAAK-2026-0000003"]);
    for target in [
        "/zaken/api/v1/zaken?rol__betrokkeneIdentificatie__natuurlijkPersoon__inpBsn=999904589",
        "/zaken/api/v1/rollen?betrokkeneIdentificatie__natuurlijkPersoon__inpBsn=999904589",
    ] {
        let refused = get(&source, target).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST);
        assert_eq!(
            refused.body["invalidParams"][0]["code"],
            "persoonsgegeven-in-url"
        );
        assert!(!refused.body.to_string().contains(number));
    }
}

#[tokio::test]
async fn filters_and_order_are_those_of_the_standard() {
    let source = start().await;
    let count = |answer: Answer| answer.body["count"].as_u64().unwrap();
    let all = source.holds().zaken.len() as u64;
    for (query, expected) in [
        ("identificatie=ZAAK-2026-0000001", 1),
        ("bronorganisatie=000000103", all),
        ("bronorganisatie__in=000000103,000000115", all),
        ("bronorganisatie=000000115", 0),
        ("maximaleVertrouwelijkheidaanduiding=openbaar", 3),
        ("maximaleVertrouwelijkheidaanduiding=zeer_geheim", all),
        ("rol__omschrijvingGeneriek=mede_initiator", 1),
        (
            "rol__betrokkeneIdentificatie__medewerker__identificatie=mw-0127&archiefnominatie__isnull=false",
            4,
        ),
        ("startdatum__gte=2026-11-16&startdatum__lt=2026-11-19", 2),
        ("einddatum__gt=2026-07-15&einddatum__isnull=false", 3),
        ("startdatum__gt=2026-11-16&startdatum__lte=2026-11-19", 2),
    ] {
        let answer = get(&source, &format!("/zaken/api/v1/zaken?{query}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{query}");
        assert_eq!(count(answer), expected, "{query}");
    }
    let newest = get(&source, "/zaken/api/v1/zaken?ordering=-startdatum").await;
    assert_eq!(newest.body["results"][0]["startdatum"], "2026-11-19");
    let next = newest.body["next"].as_str().unwrap();
    assert!(next.contains("ordering=-startdatum&page=2"), "{next}");
    let named = search(
        &source,
        json!({"uuid__in": [newest.body["results"][0]["uuid"]]}),
    )
    .await;
    assert_eq!(named.body["count"], 1);
    for (query, code) in [
        ("kleur=rood", "unknown-parameters"),
        ("startdatum__like=2026", "unknown-parameters"),
        ("ordering=omschrijving", "invalid"),
        (
            "maximaleVertrouwelijkheidaanduiding=staatsgeheim",
            "invalid",
        ),
        ("page=twee", "invalid"),
    ] {
        let answer = get(&source, &format!("/zaken/api/v1/zaken?{query}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
        assert_eq!(answer.body["invalidParams"][0]["code"], code, "{query}");
    }
}

#[tokio::test]
async fn an_unchanged_resource_is_not_sent_again() {
    let source = start().await;
    let url = source.holds().zaken[0]["url"].as_str().unwrap();
    let first = get(&source, url).await;
    let tag = first.header("etag").unwrap();
    let several = format!("\"other\", W/{tag}");
    for known in [tag, &several, "*"] {
        let again = get_with(&source, url, &[ACCEPT_CRS, ("if-none-match", known)]).await;
        assert_eq!(again.status, StatusCode::NOT_MODIFIED, "{known}");
        assert_eq!(again.header("etag"), Some(tag));
        assert_eq!(again.body, Value::Null);
    }
    let other = get_with(&source, url, &[ACCEPT_CRS, ("if-none-match", "\"other\"")]).await;
    assert_eq!(other.status, StatusCode::OK);
    let second = get(&source, source.holds().zaken[1]["url"].as_str().unwrap()).await;
    assert_ne!(second.header("etag"), Some(tag));
}

#[tokio::test]
async fn case_operations_insist_on_a_coordinate_system() {
    let source = start().await;
    let address = source.source().address();
    let list = "/zaken/api/v1/zaken";
    let other = "EPSG:28992";
    for (headers, expected) in [
        (&[][..], StatusCode::PRECONDITION_FAILED),
        (&[("accept-crs", other)], StatusCode::NOT_ACCEPTABLE),
        (
            &[ACCEPT_CRS, ("content-crs", other)],
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ),
        (&[ACCEPT_CRS, ("content-crs", CRS)], StatusCode::OK),
    ] {
        assert_eq!(
            get_with(&source, list, headers).await.status,
            expected,
            "{headers:?}"
        );
    }
    for (headers, expected) in [
        (&SEARCH[..1], StatusCode::PRECONDITION_FAILED),
        (&SEARCH[..2], StatusCode::UNSUPPORTED_MEDIA_TYPE),
        (&SEARCH[..], StatusCode::OK),
    ] {
        let target = format!("{list}/_zoek");
        let answer = send(
            address,
            false,
            Method::POST,
            &target,
            headers,
            "{}".to_owned(),
        )
        .await;
        assert_eq!(answer.status, expected, "{headers:?}");
    }
    let without = get_with(&source, "/zaken/api/v1/rollen", &[]).await;
    assert_eq!(without.status, StatusCode::OK);
    assert_eq!(without.header("content-crs"), None);
}

#[tokio::test]
async fn what_is_not_there_or_may_not_be_done_is_a_problem_document() {
    let source = start().await;
    let address = source.source().address();
    for (method, target, expected) in [
        (
            Method::GET,
            "/zaken/api/v1/besluiten",
            StatusCode::NOT_FOUND,
        ),
        (
            Method::GET,
            "/zaken/api/v1/zaken/00000000-0000-4000-8000-000000000000",
            StatusCode::NOT_FOUND,
        ),
        (Method::GET, "/zaken/api/v1/rollen/x", StatusCode::NOT_FOUND),
        (Method::GET, "/", StatusCode::NOT_FOUND),
        (
            Method::POST,
            "/zaken/api/v1/zaken",
            StatusCode::METHOD_NOT_ALLOWED,
        ),
        (
            Method::DELETE,
            "/zaken/api/v1/rollen/x",
            StatusCode::METHOD_NOT_ALLOWED,
        ),
        (
            Method::GET,
            "/zaken/api/v1/zaken/_zoek",
            StatusCode::METHOD_NOT_ALLOWED,
        ),
    ] {
        let answer = send(address, false, method, target, &[ACCEPT_CRS], String::new()).await;
        assert_eq!(answer.status, expected, "{target}");
        assert_eq!(
            answer.header("content-type"),
            Some("application/problem+json")
        );
        assert_eq!(answer.body["status"], expected.as_u16());
    }
    for body in ["", "[]", "{"] {
        let target = "/zaken/api/v1/zaken/_zoek";
        let answer = send(
            address,
            false,
            Method::POST,
            target,
            &SEARCH,
            body.to_owned(),
        )
        .await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
    }
    assert_eq!(source.source().requests(), 10);
}

#[tokio::test]
async fn references_are_under_the_name_that_callers_know() {
    let persons = Arc::new(Persons::load().unwrap());
    let cases = Cases::load(persons).unwrap();
    let public = "https://zaken.voorbeeld.example/";
    let source = ZakenSource::start(loopback().await, &cases, Some(public)).unwrap();
    let answer = get(&source, "/zaken/api/v1/zaken").await;
    for url in [&answer.body["next"], &answer.body["results"][0]["url"]] {
        assert!(
            url.as_str()
                .unwrap()
                .starts_with("https://zaken.voorbeeld.example/zaken/api/v1/zaken")
        );
    }
    source.stop().await;
}

#[tokio::test]
async fn every_answer_has_the_published_shape() {
    let Some(schema) = Schema::load(DOCUMENT) else {
        return;
    };
    let source = start().await;
    for (path, name) in [
        ("zaken", "PaginatedZaakList"),
        ("zaken?page=2", "PaginatedZaakList"),
        ("rollen", "PaginatedRolList"),
        ("rollen?page=2", "PaginatedRolList"),
        ("rollen?page=3", "PaginatedRolList"),
        ("statussen", "PaginatedStatusList"),
        ("resultaten", "PaginatedResultaatList"),
        ("zaken?kleur=rood&page=x", "ValidatieFout"),
        ("besluiten", "Fout"),
    ] {
        let answer = get(&source, &format!("/zaken/api/v1/{path}")).await;
        schema.check(name, &answer.body);
    }
    let documents = source.holds();
    for (parts, name) in [
        (&documents.zaken, "Zaak"),
        (&documents.rollen, "Rol"),
        (&documents.statussen, "Status"),
        (&documents.resultaten, "Resultaat"),
    ] {
        for part in parts {
            schema.check(name, part);
        }
    }
}
