//! The page on what came out.

use std::collections::BTreeMap;

use super::cases::{self, Expected};
use super::{Ran, Suite};

pub(super) fn render(suite: &Suite) -> String {
    let mut page = String::from(HEAD);
    page.push_str(&sections(&suite.ran));
    page.push_str(DEVIATIONS);
    for ran in suite.ran.iter().filter(|ran| !ran.is_as_expected()) {
        page.push_str(&format!(
            "| {} | {} | {} | {} |\n",
            ran.case.trim_end_matches("EE"),
            expected(ran.expected),
            found(ran),
            cases::reason(&ran.case).unwrap_or("**none**")
        ));
    }
    page.push_str(POLICIES);
    for ran in &suite.ran {
        if ran.expected == Expected::DependsOnPolicies {
            let case = ran.case.trim_end_matches("EE");
            page.push_str(&format!("| {case} | {} |\n", found(ran)));
        }
    }
    page.push_str(LEFT_OUT);
    for left_out in &suite.left_out {
        page.push_str(&format!("| {} | {} |\n", left_out.list, left_out.reason));
    }
    page
}

/// How many of each section do as expected.
fn sections(ran: &[Ran]) -> String {
    let mut sections: BTreeMap<(u32, &str), [usize; 4]> = BTreeMap::new();
    for ran in ran {
        let (number, title) = ran.section;
        let number = number.trim_start_matches("4.").parse().unwrap();
        let column = match (ran.expected, ran.is_as_expected()) {
            (Expected::DependsOnPolicies, _) => 3,
            (_, true) => 1,
            (_, false) => 2,
        };
        let counts = sections.entry((number, title)).or_default();
        counts[0] += 1;
        counts[column] += 1;
    }
    let mut rows = String::new();
    let mut total = [0; 4];
    for ((number, title), counts) in sections {
        let [all, good, other, policies] = counts;
        rows.push_str(&format!(
            "| 4.{number} {title} | {all} | {good} | {other} | {policies} |\n"
        ));
        for (total, count) in total.iter_mut().zip(counts) {
            *total += count;
        }
    }
    let [all, good, other, policies] = total;
    rows + &format!("| **all** | **{all}** | **{good}** | **{other}** | **{policies}** |\n")
}

fn expected(expected: Expected) -> &'static str {
    match expected {
        Expected::Accepted => "accepted",
        Expected::Refused => "refused",
        Expected::DependsOnPolicies => "depends",
    }
}

fn found(ran: &Ran) -> String {
    ran.refused
        .map_or("accepted".to_owned(), |reason| format!("refused: {reason}"))
}

const HEAD: &str = "\
# NIST PKITS

What the verifier of `sluis-certs` does with the Public Key Interoperability Test Suite of NIST: 223 certificates of end entities with
the CAs and revocation lists above them. Run are path building, signatures, validity, names, basic constraints and revocation, as in every
handshake; what PKIoverheid asks of a leaf on top of that (policy, usage, OIN, key size) is switched off, because no certificate of the
suite has it.

A path that must be refused counts as expected whatever the reason of the refusal. Where the suite accepts and Sluis refuses, nothing
gets in that should not; the reverse is what to look for. The label of a refusal is that of the first rule found broken; `wrong-usage`
stands where webpki refused for a reason that we have no rule for, and every leaf of the suite lacks an extended key usage.

This page is written by a test (`certs/src/trust/tests/pkits.rs`) and another test compares it with what it finds. Do not edit it.

| Section of the suite | Cases | As expected | Otherwise | Depends on policies |
|---|---|---|---|---|
";
const DEVIATIONS: &str = "
## Otherwise, and why

| Case | The suite | Sluis | Why |
|---|---|---|---|
";
const POLICIES: &str = "
## Cases whose verdict depends on the set of policies that is asked for

Sluis does not process a policy tree: the profile demands one of its own policies of the leaf itself, and that is tested elsewhere. Without
a profile these paths are judged as if any policy will do.

| Case | Sluis |
|---|---|
";
const LEFT_OUT: &str = "
## Revocation lists that are not taken into use

A certificate whose only list is left out is refused: its status is unknown.

| List | Why |
|---|---|
";
