//! The test cases of a policy folder, as its authors run them.

use crate::support;

#[test]
fn the_cases_of_the_example_pass() {
    let results = support::policy("gemeente").run_tests();
    assert_eq!(results.len(), 46);
    for result in results {
        assert!(
            result.passed(),
            "{}:{} {}: {:#?}",
            result.file,
            result.line,
            result.case,
            result.differences
        );
    }
}
