//! What a test case expects.

use std::sync::Arc;

use super::texts;
use crate::table::{self, File, Table};
use crate::yaml::Node;
use crate::{Decision, Reason};

/// What the case expects; what it does not mention is not looked at.
#[derive(Debug)]
pub(super) struct Expect {
    permit: Option<Vec<Arc<str>>>,
    refuse: Option<Vec<Arc<str>>>,
    because: Option<Arc<str>>,
    rule: Option<Arc<str>>,
}

impl Expect {
    /// Reads what a case expects.
    pub(super) fn read(node: &Node, file: &mut File<'_>) -> Option<Expect> {
        let mut table = Table::open(node, "`expect`", file)?;
        let permit = table.take("permit").map(|node| texts(node, "permit", file));
        let refuse = table.take("refuse").map(|node| texts(node, "refuse", file));
        let codes = Reason::CODES.map(|code| (code, code));
        let because = table
            .take("because")
            .and_then(|node| table::choice(node, "reason", &codes, file));
        let rule = table
            .take("rule")
            .and_then(|node| table::word(node, "`rule`", file));
        if permit.is_none() && refuse.is_none() && because.is_none() && rule.is_none() {
            let help = "say what is permitted or refused: `permit: [...]`, `refuse: [...]`, `because: ...`";
            file.note(node.place, "the case expects nothing", help);
        }
        table.finish(file);
        Some(Expect {
            permit,
            refuse,
            because: because.map(Arc::from),
            rule: rule.map(|word| word.text),
        })
    }

    /// In what a decision differs from it, one sentence each.
    pub(super) fn differences(&self, decision: &Decision) -> Vec<String> {
        let mut differences = Vec::new();
        let mut differ =
            |what: String| differences.push(format!("{what}; {}", decision.explanation));
        let refused: Vec<Arc<str>> = decision
            .refused
            .iter()
            .map(|(name, _)| name.clone())
            .collect();
        for (expected, found, what) in [
            (&self.permit, &decision.permitted, "permitted"),
            (&self.refuse, &refused, "refused"),
        ] {
            if let Some(expected) = expected
                && sorted(expected) != sorted(found)
            {
                differ(format!(
                    "expected to be {what}: {}; found: {}",
                    none_or(expected),
                    none_or(found)
                ));
            }
        }
        let mut reasons: Vec<&Reason> = decision.refused.iter().map(|(_, reason)| reason).collect();
        reasons.extend(decision.verdict.as_ref().err());
        if let Some(because) = &self.because
            && (reasons.is_empty() || reasons.iter().any(|reason| reason.code() != &**because))
        {
            let found: Vec<Arc<str>> = reasons
                .iter()
                .map(|reason| Arc::from(reason.to_string()))
                .collect();
            differ(format!(
                "expected the reason `{because}`; found: {}",
                none_or(&found)
            ));
        }
        if let Some(rule) = &self.rule
            && !reasons
                .iter()
                .any(|reason| matches!(reason, Reason::ForbiddenByRule(id) if id == rule))
        {
            differ(format!("expected rule `{rule}` to forbid it"));
        }
        differences
    }
}

fn sorted(names: &[Arc<str>]) -> Vec<Arc<str>> {
    let mut names = names.to_vec();
    names.sort();
    names.dedup();
    names
}

fn none_or(names: &[Arc<str>]) -> String {
    if names.is_empty() {
        "nothing".to_owned()
    } else {
        table::listed(sorted(names).iter().map(|name| &**name))
    }
}
