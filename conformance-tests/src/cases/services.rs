//! `Manager-Services-*`.

use serde_json::{Map, Value, json};

use super::submit::publication_grant;
use crate::case::{Evidence, Stop};
use crate::clauses::MANAGER_SERVICES;
use crate::play::Played;
use crate::stage::{Stage, list};
use crate::wire::Question;

/// 1 to 4: a service of the provider, on its own behalf or the delegator's, with or without properties, asked for by the
/// provider; and the second row 1, asked for by somebody else.
pub(crate) async fn listed(
    stage: &Stage,
    evidence: &mut Evidence,
    is_delegated: bool,
    has_properties: bool,
    asked_by_other: bool,
) -> Result<(), Stop> {
    let name = format!("conformance-{}", uuid::Uuid::now_v7().simple());
    let properties = if has_properties {
        sample_properties()
    } else {
        Map::new()
    };
    let asker = if asked_by_other {
        &stage.consumer
    } else {
        &stage.provider
    };
    let grant = publication_grant(stage, is_delegated, &name, &properties);
    let contract = stage.contract(&[grant])?;
    stage.propose(&contract).await?;
    let early = find(stage, asker, &name).await?;
    // A directory may accept publications by itself; then nothing is early.
    let is_signed = stage
        .listed(&stage.provider, &contract)
        .await?
        .is_some_and(|entry| {
            crate::stage::signature_of(&entry, "accept", &stage.target.peer_id).is_some()
        });
    evidence.check(
        early.is_none() || is_signed,
        MANAGER_SERVICES,
        "a service not to be listed before the directory has accepted its publication",
        || "it is listed".to_owned(),
    )?;
    if !is_signed {
        stage.agree(&contract).await?;
    }
    let found = find(stage, asker, &name).await?;
    let expected = format!(
        "service `{name}` in GET /v1/services?peer_id={}",
        stage.provider.id
    );
    evidence.check(found.is_some(), MANAGER_SERVICES, expected, || {
        "it is not listed".to_owned()
    })?;
    let data = found.unwrap_or_default();
    let wanted = wanted(stage, is_delegated, &name, &properties);
    for (member, value) in &wanted {
        evidence.check(
            data.get(member) == Some(value),
            MANAGER_SERVICES,
            format!("`{member}` of the listed service to be {value}"),
            || data.to_string(),
        )?;
    }
    Ok(())
}

/// Properties in which a careless canonical form goes wrong.
pub(crate) fn sample_properties() -> Map<String, Value> {
    let properties = json!({
        "conformance.example": {
            "\u{1f600}": "beyond the basic plane", "\u{fb33}": "before it in UTF-8, after it in UTF-16",
            "fractions": [4.50, 1e-7, 0.000_001, 333_333_333.333_333_3, 1_424_953_923_781_206.2, 0.907_407_400_740_466_7, 3.859_418_523_897_429_2],
            "list": [3, 1, 2, "\u{20ac}\n\u{f}\"", null, true], "empty": {}
        }
    });
    match properties {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

async fn find(stage: &Stage, asker: &Played, name: &str) -> Result<Option<Value>, Stop> {
    let path = format!("/v1/services?peer_id={}&limit=1000", stage.provider.id);
    let answer = stage.ask(asker, Question::get(path)).await?;
    let entries = list(&answer, "services", MANAGER_SERVICES)?;
    let data = entries
        .iter()
        .filter_map(|entry| entry.get("data"))
        .find(|data| data.get("name").and_then(Value::as_str) == Some(name));
    Ok(data.cloned())
}

fn wanted(
    stage: &Stage,
    is_delegated: bool,
    name: &str,
    properties: &Map<String, Value>,
) -> Vec<(&'static str, Value)> {
    let provider = &stage.provider;
    let service_type = if is_delegated {
        "SERVICE_TYPE_DELEGATED_SERVICE"
    } else {
        "SERVICE_TYPE_SERVICE"
    };
    let mut wanted = vec![
        ("type", json!(service_type)),
        ("name", json!(name)),
        ("protocol", json!("PROTOCOL_TCP_HTTP_1.1")),
        (
            "peer",
            json!({
                "id": provider.id,
                "name": provider.name,
                "manager_address": provider.manager_address.to_string(),
            }),
        ),
    ];
    if is_delegated {
        let delegator = &stage.delegator;
        let delegator = json!({ "peer_id": delegator.id, "peer_name": delegator.name });
        wanted.push(("delegator", delegator));
    }
    if !properties.is_empty() {
        wanted.push(("properties", Value::Object(properties.clone())));
    }
    wanted
}
