//! Test cases that the authors of a policy write: `tests/*.yaml`.

mod ask;
mod expect;
mod propose;

use std::sync::Arc;

use crate::approval::Approvals;
use crate::decide::Register;
use crate::register::folder::Folder;
use crate::table::{self, File, Report, Table};
use crate::yaml::{Content, Node};
use ask::Ask;
use expect::Expect;
use propose::{ExpectApproval, Propose};

/// How one case of `tests/*.yaml` came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestResult {
    /// The file that holds the case.
    pub file: Arc<str>,
    /// The line on which the case starts, counted from 1.
    pub line: u32,
    /// The case in its author's words.
    pub case: Arc<str>,
    /// Nothing when the case came out as expected, else one sentence per difference.
    pub differences: Vec<String>,
}

impl TestResult {
    /// Whether the case came out as expected.
    pub fn passed(&self) -> bool {
        self.differences.is_empty()
    }
}

/// A case.
#[derive(Debug)]
pub(crate) struct Case {
    file: Arc<str>,
    line: u32,
    title: Arc<str>,
    what: What,
}

/// A question or a proposed contract, and what should come of it.
#[derive(Debug)]
enum What {
    Ask(Box<Ask>, Expect),
    Propose(Box<Propose>, ExpectApproval),
}

impl Case {
    /// Reads the cases of the folder; what is wrong goes into the report.
    pub(crate) fn read_all(folder: &mut Folder, report: &mut Report) -> Vec<Case> {
        let files = std::mem::take(&mut folder.cases);
        let mut cases = Vec::new();
        for (name, node) in &files {
            let mut file = report.file(name);
            let nodes = table::list(node, "a file of test cases", &mut file);
            cases.extend(
                nodes
                    .iter()
                    .filter_map(|node| Case::read(node, folder, &mut file)),
            );
        }
        cases
    }

    /// Puts the case to the register, or to the rules about contracts.
    pub(crate) fn run(&self, register: &Register, approvals: &Approvals) -> TestResult {
        let differences = match &self.what {
            What::Ask(ask, expect) => expect.differences(&ask.put(register)),
            What::Propose(propose, expect) => expect.differences(&propose.put(register, approvals)),
        };
        TestResult {
            file: self.file.clone(),
            line: self.line,
            case: self.title.clone(),
            differences,
        }
    }

    fn read(node: &Node, folder: &mut Folder, file: &mut File<'_>) -> Option<Case> {
        let mut table = Table::open(node, "a test case", file)?;
        let title = table
            .need("case", file)
            .and_then(|node| table::word(node, "`case`", file));
        let what = match table.take("propose") {
            Some(node) => {
                let propose = Propose::read(node, folder, file);
                let expect = table.need("expect", file);
                let expect = expect.and_then(|node| ExpectApproval::read(node, file));
                propose
                    .zip(expect)
                    .map(|(propose, expect)| What::Propose(Box::new(propose), expect))
            }
            None => {
                let ask = table.need("ask", file);
                let ask = ask.and_then(|node| Ask::read(node, folder, file));
                let expect = table.need("expect", file);
                let expect = expect.and_then(|node| Expect::read(node, file));
                ask.zip(expect)
                    .map(|(ask, expect)| What::Ask(Box::new(ask), expect))
            }
        };
        table.finish(file);
        Some(Case {
            file: file.name.clone(),
            line: node.place.line,
            title: title?.text,
            what: what?,
        })
    }
}

/// Names in a list that may be empty.
fn texts(node: &Node, key: &str, file: &mut File<'_>) -> Vec<Arc<str>> {
    if matches!(&node.content, Content::List(nodes) if nodes.is_empty()) {
        return Vec::new();
    }
    table::words(node, &format!("`{key}`"), file)
        .into_iter()
        .map(|word| word.text)
        .collect()
}
