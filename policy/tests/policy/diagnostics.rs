//! What an author is told: every mistake, at its place, with what to do.

use proptest::prelude::*;
use sluis_policy::{PolicySet, PolicySource};

use crate::support;

fn mistakes(source: &PolicySource) -> String {
    PolicySet::compile(source).unwrap_err().to_string()
}

/// The example with one file changed or added.
fn with(path: &str, text: &str) -> PolicySource {
    let mut source = support::source("gemeente");
    source.files.insert(path.to_owned(), text.to_owned());
    source
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    insta::assert_snapshot!(mistakes(&support::source("broken")));
}

#[test]
fn rules_are_checked_against_the_register() {
    let rules = r#"
@id("tikfout-in-veld")
forbid (principal, action, resource) when { resource.sensitivty == "special" };

@id("rol-zonder-vraag-of-hij-er-is")
forbid (principal, action, resource) when { context.role == "kassier" };

@id("onbekende-partij")
forbid (principal == Party::"vorbeeld", action, resource);

@id("onbekende-bevraging")
forbid (principal, action == Action::"brp-personen/raadpleeg-met-bns", resource);

@id("onbekende-groep")
forbid (principal in PartySet::"gemeente", action, resource == DataGroup::"brp-personen/gezach");

@id("andere-soort")
forbid (principal, action, resource) when { context.subjects == "veel" };

@id("nooit")
forbid (principal, action, resource) when { context.delegation && !context.delegation };

@id("geen-bijzondere-gegevens-buiten-kantoortijd")
forbid (principal, action, resource) when { context.delegation };
"#;
    insta::assert_snapshot!(mistakes(&with("rules/z.cedar", rules)));
    insta::assert_snapshot!(mistakes(&with(
        "rules/z.cedar",
        rules.rsplit_once("@id").unwrap().0
    )));
}

#[test]
fn an_empty_folder_is_no_policy() {
    insta::assert_snapshot!(mistakes(&PolicySource::default()), @"
    activities: the policy folder holds no processing activity
        without an activity nothing is permitted; add activities/*.yaml (a directory that exchanges no data itself needs only contracts.yaml)
    ");
}

#[test]
fn notes_and_hidden_files_are_no_policy() {
    for path in [
        "README.md",
        "services/notes.txt",
        ".git/config",
        "activities/.swap.yaml",
    ] {
        support::compiled(&with(path, "::: not yaml {"));
    }
    for path in [
        "parties.yml",
        "other.yaml",
        "activities/a.json",
        "rules/a.rego",
        "rule/a.cedar",
        "activities.yaml",
    ] {
        assert!(
            mistakes(&with(path, "")).contains("no part of a policy folder"),
            "{path}"
        );
    }
}

#[test]
fn limits_hold() {
    let groups: Vec<String> = (0..65)
        .map(|index| format!("  g{index}: {{ sensitivity: none, fields: [/f{index}] }}"))
        .collect();
    let service = format!(
        "service: groot\noperations:\n  a: {{ http: GET /a }}\ndata:\n{}\n",
        groups.join("\n")
    );
    assert!(mistakes(&with("services/groot.yaml", &service)).contains("more than 64 data groups"));
    let service = service.replace("  g64: { sensitivity: none, fields: [/f64] }\n", "");
    support::compiled(&with("services/groot.yaml", &service));

    assert!(
        mistakes(&with("tests/groot.yaml", &" ".repeat(1 << 21))).contains("larger than 1 MiB")
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// A damaged file gives a policy or a diagnostic in that folder, never a panic; what is told has a place.
    #[test]
    fn damaged_files_are_told(
        file in any::<prop::sample::Index>(),
        place in any::<prop::sample::Index>(),
        damage in prop::sample::select(vec!["", "\u{0}", "{", "]", ": ", "\n", "- ", "'", "*", "&a ", "é", "999999999999999999999", "!!int ", "~", "/*/*"]),
        cut in 0_usize..12,
    ) {
        let mut source = support::source("gemeente");
        let path = source.files.keys().nth(file.index(source.files.len())).unwrap().clone();
        let text = source.files.get_mut(&path).unwrap();
        let characters: Vec<char> = text.chars().collect();
        let place = place.index(characters.len());
        let rest = characters.iter().skip(place + cut);
        *text = characters.iter().take(place).copied().chain(damage.chars()).chain(rest.copied()).collect();
        if let Err(errors) = PolicySet::compile(&source) {
            prop_assert!(!errors.diagnostics().is_empty());
            for diagnostic in errors.diagnostics() {
                prop_assert!(diagnostic.file.contains('.'), "{}", diagnostic);
                prop_assert!(!diagnostic.message.is_empty() && !diagnostic.help.contains("mistake in the program"), "{}", diagnostic);
            }
        }
    }
}
