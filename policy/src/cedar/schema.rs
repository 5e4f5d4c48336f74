//! The schema against which every policy is checked: made from the register.

use std::fmt::Write;

use super::text::{FACTS, of_service, quoted};
use crate::register::service::Services;

/// The schema in Cedar's own language.
pub(super) fn text(services: &Services) -> String {
    let mut text = String::from(FACTS);
    text.push_str(
        "
// A set of organisations, from parties.yaml.
entity PartySet in [PartySet];
// An organisation. One that takes the place of another is in it from the day of succession.
entity Party in [Party, PartySet] = { oin: String, name: String };
entity Service;
// sensitivity: none, ordinary, bsn, special or criminal
entity DataGroup in [Service] = { name: String, sensitivity: String };
",
    );
    for service in services.values() {
        let _ = writeln!(text, "\naction {};", quoted(&service.name));
        for (_, operation) in &service.operations {
            let action = quoted(&of_service(&service.name, operation.name()));
            let group = quoted(&service.name);
            let _ = writeln!(
                text,
                "action {action} in [{group}] appliesTo {{ principal: [Party], resource: [DataGroup], context: Facts }};"
            );
        }
    }
    text
}
