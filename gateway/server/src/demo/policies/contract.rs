//! What the contracts of the demo say about purposes: the property `purpose_binding.connection` of
//! their grants, signed by both parties and copied into every token.

use serde_json::{Map, Value, json};

/// The property in which a grant binds its purposes.
const PROPERTY: &str = "purpose_binding.connection";

/// Gemeente Voorbeeld asks persons of Uitvoeringsinstituut Werk.
#[must_use]
pub fn brp_personen() -> Map<String, Value> {
    properties(json!([
        {
            "activity": "bijstand-aanvraag",
            "legal_basis": "Participatiewet artikel 53a",
            "operations": ["raadpleeg-met-bsn", "zoek-met-naam"],
            "data": ["identiteit", "geboorte", "adres", "partner", "kinderen", "signalen"],
        },
    ]))
}

/// Gemeente Voorbeeld asks its own cases of the shared service centre.
#[must_use]
pub fn zaken() -> Map<String, Value> {
    properties(json!([
        {
            "activity": "bijstand-aanvraag",
            "legal_basis": "Participatiewet artikel 53a",
            "operations": ["zaak-raadplegen", "zaken-zoeken", "rollen-bij-zaak", "status-raadplegen"],
            "data": ["zaak", "voortgang", "betrokkenen"],
        },
    ]))
}

fn properties(purposes: Value) -> Map<String, Value> {
    let mut properties = Map::new();
    properties.insert(PROPERTY.to_owned(), json!({"purposes": purposes}));
    properties
}
