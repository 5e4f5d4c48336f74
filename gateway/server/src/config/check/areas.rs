//! That Regulated Areas can be checked, and that each service is in one at most.

use std::collections::BTreeMap;

use super::Findings;
use super::roles::repeated;
use crate::config::{Config, ManagerConfig, RegulatedAreaConfig};

pub(super) fn check(config: &Config, manager: &ManagerConfig, findings: &mut Findings<'_>) {
    let areas = &manager.regulated_areas;
    for (index, name) in repeated(areas.iter().map(|area| area.name.as_str())) {
        findings.error(
            format!("manager.regulated_areas[{index}].name"),
            format!("the Regulated Area `{name}` is listed more than once"),
            "list each area once, with all of its services",
        );
    }
    let mut areas_of = BTreeMap::new();
    for (index, area) in areas.iter().enumerate() {
        let key = |key: &str| format!("manager.regulated_areas[{index}].{key}");
        check_members(area, key, findings);
        for (place, service) in area.services.iter().enumerate() {
            let key = key(&format!("services[{place}]"));
            if let Some(other) = areas_of.insert(service, &area.name) {
                findings.error(
                    key,
                    format!(
                        "the service `{service}` is part of the Regulated Area `{other}` already"
                    ),
                    "let each service be part of one area",
                );
                continue;
            }
            let mut offered = config.inway.iter().flat_map(|inway| &inway.services);
            if !offered.any(|offered| offered.name == *service) {
                findings.warning(
                    key,
                    format!("the service `{service}` is not offered here"),
                    "add it under `inway.services`, or take it out",
                );
            }
        }
    }
}

fn check_members(
    area: &RegulatedAreaConfig,
    key: impl Fn(&str) -> String,
    findings: &mut Findings<'_>,
) {
    if area.administrators.is_empty() {
        findings.error(
            key("administrators"),
            "nobody can be asked who is a member, so that nobody would count as one",
            "name the Peer ID of a Membership Administrator of the area",
        );
    }
    let (refresh, max_age) = (area.members_refresh_seconds, area.members_max_age_seconds);
    if !(10..=86_400).contains(&refresh) {
        findings.error(
            key("members_refresh_seconds"),
            format!("it would be remembered for {refresh} seconds who is a member"),
            "choose 10 to 86400 seconds; 300 is usual",
        );
    } else if !(refresh..=86_400).contains(&max_age) {
        findings.error(
            key("members_max_age_seconds"),
            format!("who is a member would count for {max_age} seconds when nobody can be asked"),
            format!("choose {refresh} (`members_refresh_seconds`) to 86400 seconds; 3600 is usual"),
        );
    }
}
