//! A service whose answers are passed on whole: documents, for the tests of streaming.

use serde_json::{Map, Value, json};

pub const SERVICE: &str = "documenten";
pub const PURPOSE: &str = "dossier-inzien";

/// The service and the activity, for the policy folders of both sides.
pub fn policy() -> Vec<(String, String)> {
    let service = "service: documenten\n\
        operations:\n  \
          document-ophalen: { http: \"GET /documenten/{uuid}\" }\n  \
          document-opslaan: { http: \"POST /documenten\" }\n\
        data:\n  \
          document: { sensitivity: ordinary, whole: true }\n";
    let activity = "activity: dossier-inzien\n\
        version: 1\n\
        title: Een dossier inzien\n\
        purpose: Een dossier inzien bij de behandeling van een zaak.\n\
        legal_basis: { avg: \"6 lid 1 onder e\", law: Archiefwet artikel 3 }\n\
        controller: uiw\n\
        subjects: [betrokkene]\n\
        retention: P1Y\n\
        valid: { from: 2020-01-01 }\n\
        discloses:\n  \
          - { service: documenten, operations: [document-ophalen, document-opslaan], to: [voorbeeld], data: [document], beyond: refuse }\n\
        obtains:\n  \
          - { service: documenten, operations: [document-ophalen, document-opslaan], from: [uiw], data: [document], beyond: refuse }\n";
    vec![
        ("services/documenten.yaml".to_owned(), service.to_owned()),
        (
            "activities/dossier-inzien.yaml".to_owned(),
            activity.to_owned(),
        ),
    ]
}

/// What the contract says about purposes.
pub fn properties() -> Map<String, Value> {
    let purposes = json!([{
        "activity": PURPOSE, "legal_basis": "Archiefwet artikel 3",
        "operations": ["document-ophalen", "document-opslaan"], "data": ["document"],
    }]);
    let mut properties = Map::new();
    properties.insert(
        "purpose_binding.connection".to_owned(),
        json!({ "purposes": purposes }),
    );
    properties
}
