use std::collections::BTreeSet;

use serde_json::Value;

use super::*;

const BASE: &str = "http://zaken.example/zaken/api/v1";

fn documents() -> Documents {
    let persons = Arc::new(Persons::load().unwrap());
    Cases::load(persons).unwrap().documents(BASE)
}

fn urls(documents: &[Value]) -> BTreeSet<&str> {
    documents
        .iter()
        .map(|document| document["url"].as_str().unwrap())
        .collect()
}

#[test]
fn resources_name_each_other_and_every_name_leads_somewhere() {
    let documents = documents();
    assert!(documents.zaken.len() >= 30, "a few dozen cases");
    let (zaken, rollen) = (urls(&documents.zaken), urls(&documents.rollen));
    let (statussen, resultaten) = (urls(&documents.statussen), urls(&documents.resultaten));
    assert_eq!(zaken.len(), documents.zaken.len());
    assert_eq!(rollen.len(), documents.rollen.len());
    assert_eq!(statussen.len(), documents.statussen.len());
    for zaak in &documents.zaken {
        assert!(zaak["url"].as_str().unwrap().starts_with(BASE));
        assert!(statussen.contains(zaak["status"].as_str().unwrap()));
        assert_eq!(zaak["resultaat"].is_null(), zaak["einddatum"].is_null());
        if let Some(resultaat) = zaak["resultaat"].as_str() {
            assert!(resultaten.contains(resultaat));
        }
        for rol in zaak["rollen"].as_array().unwrap() {
            assert!(rollen.contains(rol.as_str().unwrap()));
        }
    }
    for part in [
        &documents.rollen,
        &documents.statussen,
        &documents.resultaten,
    ] {
        for document in part {
            assert!(zaken.contains(document["zaak"].as_str().unwrap()));
        }
    }
}

#[test]
fn each_case_has_one_last_status_and_somebody_it_is_about() {
    let documents = documents();
    for zaak in &documents.zaken {
        let last: Vec<_> = documents
            .statussen
            .iter()
            .filter(|status| {
                status["zaak"] == zaak["url"] && status["indicatieLaatstGezetteStatus"] == true
            })
            .map(|status| &status["url"])
            .collect();
        assert_eq!(last, [&zaak["status"]]);
        assert!(documents.rollen.iter().any(|rol| {
            rol["zaak"] == zaak["url"] && rol["betrokkeneType"] == "natuurlijk_persoon"
        }));
    }
}

#[test]
fn the_cases_of_a_person_are_found_by_its_roles() {
    let documents = documents();
    let jasmijn: Vec<_> = documents
        .cases_of("999904000")
        .map(|zaak| zaak["identificatie"].as_str().unwrap())
        .collect();
    assert_eq!(jasmijn, ["ZAAK-2026-0000001"]);
    assert_eq!(documents.cases_of("999904589").count(), 4);
}

#[test]
fn a_resource_keeps_its_address_from_run_to_run() {
    let first = &documents().zaken[0];
    assert_eq!(first["uuid"], documents().zaken[0]["uuid"]);
    let uuid: uuid::Uuid = first["uuid"].as_str().unwrap().parse().unwrap();
    assert_eq!(uuid.get_version_num(), 4);
}
