//! What the contracts of the demo say about purposes: the property `purpose_binding.connection` of
//! their grants, signed by both parties and copied into every token.

use serde_json::{Map, Value, json};
use sluis_policy::PurposeBinding;

/// Gemeente Voorbeeld asks persons of Uitvoeringsinstituut Werk.
///
/// Left out on purpose: `terugvordering-bijstand` and `handhaving-bijstand`, which both registers
/// have. Put in on purpose: `schuldhulpverlening`, which the provider's register lacks, and the
/// children of an applicant, which the provider no longer discloses.
#[must_use]
pub fn brp_personen() -> Map<String, Value> {
    properties(json!([
        {
            "activity": "bijstand-aanvraag",
            "legal_basis": "Participatiewet artikelen 53a en 64",
            "operations": ["raadpleeg-met-bsn", "zoek-met-naam"],
            "data": ["identiteit", "geboorte", "adres", "partner", "kinderen"],
        },
        {
            "activity": "verblijfsrecht-bijstand",
            "legal_basis": "Participatiewet artikelen 11 en 64",
            "operations": ["raadpleeg-met-bsn"],
            "data": ["identiteit", "nationaliteit", "verblijfsrecht"],
        },
        {
            "activity": "schuldhulpverlening",
            "legal_basis": "Wet gemeentelijke schuldhulpverlening artikel 8",
            "operations": ["raadpleeg-met-bsn"],
            "data": ["identiteit", "adres", "partner"],
        },
    ]))
}

/// Gemeente Voorbeeld asks its own cases of the shared service centre.
#[must_use]
pub fn zaken() -> Map<String, Value> {
    properties(json!([
        {
            "activity": "bijstand-aanvraag",
            "legal_basis": "Participatiewet artikelen 53a en 64",
            "operations": ["zaken-zoeken", "zaak-raadplegen", "rollen-bij-zaak", "status-raadplegen"],
            "data": [
                "zaak", "voortgang", "inhoud", "verwijzingen", "rol", "betrokkene", "behandelaar",
                "status",
            ],
        },
        {
            "activity": "zaakstatus-inlichten",
            "legal_basis": "Algemene wet bestuursrecht artikelen 4:13 en 4:14",
            "operations": ["zaken-lijst", "zaken-zoeken", "zaak-raadplegen", "status-raadplegen"],
            "data": ["zaak", "voortgang", "status"],
        },
    ]))
}

fn properties(purposes: Value) -> Map<String, Value> {
    let mut properties = Map::new();
    properties.insert(
        PurposeBinding::PROPERTY.to_owned(),
        json!({"purposes": purposes}),
    );
    properties
}
