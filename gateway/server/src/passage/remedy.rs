//! What to do about a refusal of the policy.

use std::borrow::Cow;

use http::HeaderName;
use sluis_policy::Reason;

use super::ClaimHeaders;

/// What a caller can do about a refusal with this reason, where the headers have these names and this service was called.
pub(super) fn remedy(reason: &Reason, headers: &ClaimHeaders, service: &str) -> Cow<'static, str> {
    match reason {
        Reason::PurposeMissing => format!(
            "name the processing activity for which this is asked in the header {}",
            any_of(&headers.purpose)
        )
        .into(),
        Reason::RoleNotAllowed => format!(
            "state a role that the activity allows in the header {}; which those are is for the compliance team to say",
            any_of(&headers.role)
        )
        .into(),
        Reason::ChannelNotAllowed => format!(
            "state a channel that the activity allows in the header {}; which those are is for the compliance team to say",
            any_of(&headers.channel)
        )
        .into(),
        Reason::OperationUnknown => format!(
            "check method, path and body of the request against the operations in services/{service}.yaml of the policy folder of this gateway"
        )
        .into(),
        _ => "ask the compliance team which processing activity covers this call; contract, register and request must name the same one"
            .into(),
    }
}

/// The names of headers of which one will do; the first is the one that counts when several are present.
fn any_of(names: &[HeaderName]) -> String {
    match names {
        [] => "that the configuration of this gateway names, which is none now".to_owned(),
        [only] => format!("`{only}`"),
        [first, rest @ ..] => {
            let rest: Vec<String> = rest.iter().map(|name| format!("`{name}`")).collect();
            format!("`{first}` (or {})", rest.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remedy_names_what_the_configuration_of_this_gateway_calls_it() {
        let list = |names: &[&'static str]| {
            names
                .iter()
                .map(|name| HeaderName::from_static(name))
                .collect()
        };
        let headers = ClaimHeaders {
            purpose: list(&["x-waarom", "x-doelbinding", "x-verwerking"]),
            role: list(&["x-rol"]),
            channel: list(&[]),
            user: list(&[]),
            application: list(&[]),
        };
        for (reason, said) in [
            (
                Reason::PurposeMissing,
                "the header `x-waarom` (or `x-doelbinding`, `x-verwerking`)",
            ),
            (Reason::RoleNotAllowed, "the header `x-rol`;"),
            (Reason::ChannelNotAllowed, "which is none now"),
            (Reason::OperationUnknown, "services/brp-personen.yaml"),
            (Reason::TooManySubjects, "ask the compliance team"),
        ] {
            let remedy = remedy(&reason, &headers, "brp-personen");
            assert!(remedy.contains(said), "{reason}: {remedy}");
        }
    }
}
