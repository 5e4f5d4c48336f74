//! A version of a processing activity: `activities/*.yaml`.

use std::sync::Arc;

use super::party::{Member, Parties, day, is_oin};
use super::row::{Row, RowText};
use super::service::Services;
use crate::civil_time::Day;
use crate::table::{self, File, Table, Word};
use crate::yaml::{Content, Node, Place};
use crate::{Activity, Direction, LegalBasis};

/// A version of an activity and its rows.
#[derive(Debug)]
pub(crate) struct ActivityVersion {
    pub(crate) activity: Arc<Activity>,
    pub(crate) file: Arc<str>,
    pub(crate) place: Place,
    /// The first day on which it is in force.
    pub(crate) from: Day,
    /// The first day on which it is no longer in force.
    pub(crate) until: Option<Day>,
    pub(crate) rows: Vec<Row>,
    /// All that the file says, except when the version ends; the order of keys does not count.
    pub(crate) content: String,
}

/// An activity as its file tells it, its rows not yet checked against services.
#[derive(Debug)]
pub(crate) struct ActivityFile {
    /// What stands above the rows; `None` when it is not whole. The rows are checked all the same.
    version: Option<ActivityVersion>,
    rows: Vec<RowText>,
}

impl ActivityFile {
    const ROWS_MAX: usize = 1000;

    /// Reads an activity.
    pub(crate) fn read(
        node: &Option<Node>,
        parties: &mut Parties,
        file: &mut File<'_>,
    ) -> Option<ActivityFile> {
        let mut table = file.table(node)?;
        let content = node
            .as_ref()
            .map(|node| canonical(node, false))
            .unwrap_or_default();
        let name = table
            .need("activity", file)
            .and_then(|node| table::name(node, "an activity", file));
        let version = table
            .need("version", file)
            .and_then(|node| table::count(node, "`version`", file));
        let title = table
            .need("title", file)
            .and_then(|node| table::word(node, "`title`", file));
        let purpose = table
            .need("purpose", file)
            .and_then(|node| table::word(node, "`purpose`", file));
        let legal_basis = table
            .need("legal_basis", file)
            .and_then(|node| read_legal_basis(node, file));
        let controller = table
            .need("controller", file)
            .and_then(|node| read_controller(node, parties, file));
        let subjects = table
            .take("subjects")
            .map(|node| table::words(node, "`subjects`", file))
            .unwrap_or_default();
        let retention = table
            .take("retention")
            .and_then(|node| read_retention(node, file));
        let confidential = table
            .take("confidential")
            .and_then(|node| table::truth(node, "`confidential`", file));
        let valid = table
            .need("valid", file)
            .and_then(|node| read_validity(node, file));
        let mut rows = Vec::new();
        for direction in [Direction::Disclose, Direction::Obtain] {
            let Some(node) = table.take(direction.rows_key()) else {
                continue;
            };
            let nodes = table::list(node, &format!("`{}`", direction.rows_key()), file);
            if nodes.len() > Self::ROWS_MAX {
                file.note(
                    node.place,
                    format!("there are more than {} rows", Self::ROWS_MAX),
                    "divide the activity",
                );
            }
            for (index, node) in nodes.iter().enumerate() {
                rows.extend(RowText::read(node, direction, index + 1, file));
            }
        }
        table.finish(file);
        let head = || {
            let (name, (from, until)) = (name?, valid?);
            let activity = Activity {
                name: name.text.clone(),
                version: version?,
                title: title?.text,
                purpose: purpose?.text,
                legal_basis: legal_basis?,
                controller: controller?,
                subjects: subjects.into_iter().map(|word| word.text).collect(),
                retention: retention.map(|word| word.text),
                confidential: confidential.unwrap_or(false),
                valid_from: Arc::from(from.to_string()),
                valid_until: until.map(|until| Arc::from(until.to_string())),
            };
            Some(ActivityVersion {
                activity: Arc::new(activity),
                file: file.name.clone(),
                place: name.place,
                from,
                until,
                rows: Vec::new(),
                content,
            })
        };
        Some(ActivityFile {
            version: head(),
            rows,
        })
    }

    /// Checks the rows against services and parties.
    pub(crate) fn check(
        self,
        services: &Services,
        parties: &mut Parties,
        file: &mut File<'_>,
    ) -> Option<ActivityVersion> {
        let ActivityFile { mut version, rows } = self;
        let activity = version.as_ref().map(|version| version.activity.clone());
        let (name, number) = activity
            .as_ref()
            .map_or(("", 0), |known| (&known.name, known.version));
        let check = |row: RowText| row.check(name, number, services, parties, file);
        let rows: Vec<Row> = rows.into_iter().filter_map(check).collect();
        if let Some(version) = &mut version {
            version.rows = rows;
        }
        version
    }
}

impl ActivityVersion {
    /// Whether the version is in force on a day.
    pub(crate) fn is_in_force(&self, day: Day) -> bool {
        self.from <= day && self.until.is_none_or(|until| day < until)
    }

    /// Whether there is a day on which both versions are in force.
    pub(crate) fn overlaps(&self, other: &ActivityVersion) -> bool {
        self.until.is_none_or(|until| other.from < until)
            && other.until.is_none_or(|until| self.from < until)
    }
}

/// What a file says, whatever its layout and order of keys.
fn canonical(node: &Node, is_validity: bool) -> String {
    match &node.content {
        Content::Scalar(text, kind) => format!("{kind:?}:{text:?}"),
        Content::Nothing => "nothing".to_owned(),
        Content::List(nodes) => format!(
            "{:?}",
            nodes
                .iter()
                .map(|node| canonical(node, false))
                .collect::<Vec<_>>()
        ),
        Content::Table(entries) => {
            let kept = entries
                .iter()
                .filter(|(_, key, _)| !(is_validity && key == "until"));
            let mut lines: Vec<String> = kept
                .map(|(_, key, node)| format!("{key:?}={}", canonical(node, key == "valid")))
                .collect();
            lines.sort();
            format!("{lines:?}")
        }
    }
}

fn read_legal_basis(node: &Node, file: &mut File<'_>) -> Option<LegalBasis> {
    let mut table = Table::open(node, "`legal_basis`", file)?;
    let avg = table
        .need("avg", file)
        .and_then(|node| table::word(node, "`avg`", file));
    let law = table
        .take("law")
        .and_then(|node| table::word(node, "`law`", file));
    table.finish(file);
    let avg = avg?;
    // AVG art. 6 lid 3: these two grounds must rest on Union or member state law.
    if law.is_none() && (avg.text.contains("onder c") || avg.text.contains("onder e")) {
        let message = "a legal obligation or public task (AVG 6 lid 1 onder c or e) rests on a law";
        file.note(
            avg.place,
            message,
            "add `law:` with the law and article, for example `Participatiewet artikel 53a`",
        );
    }
    Some(LegalBasis {
        avg: avg.text,
        law: law.map(|word| word.text),
    })
}

fn read_controller(node: &Node, parties: &mut Parties, file: &mut File<'_>) -> Option<Arc<str>> {
    let word = table::word(node, "`controller`", file)?;
    if is_oin(&word.text) {
        return Some(word.text);
    }
    match parties.find(&word, file)? {
        Member::Party(name) => parties.parties.get(&name).map(|party| party.oin.clone()),
        Member::Set(name) => {
            file.note(
                word.place,
                format!("`{name}` is a set; a controller is one organisation"),
                "",
            );
            None
        }
    }
}

/// An ISO 8601 duration in years, months, weeks and days: `P5Y`, `P1Y6M`.
fn read_retention(node: &Node, file: &mut File<'_>) -> Option<Word> {
    let word = table::word(node, "`retention`", file)?;
    let mut units = "YMWD".chars();
    let mut digits = 0;
    let fits = word.text.strip_prefix('P').is_some_and(|rest| {
        !rest.is_empty()
            && rest.chars().all(|character| {
                if character.is_ascii_digit() {
                    digits += 1;
                    digits <= 4
                } else {
                    std::mem::take(&mut digits) > 0 && units.any(|unit| unit == character)
                }
            })
    });
    if fits && digits == 0 {
        return Some(word);
    }
    file.note(
        word.place,
        format!("`{}` is no duration", word.text),
        "write years, months or days: `P5Y`, `P1Y6M`, `P30D`",
    );
    None
}

fn read_validity(node: &Node, file: &mut File<'_>) -> Option<(Day, Option<Day>)> {
    let mut table = Table::open(node, "`valid`", file)?;
    let from = table
        .need("from", file)
        .and_then(|node| day(node, "`from`", file));
    let until_node = table.take("until");
    let until = until_node.and_then(|node| day(node, "`until`", file));
    table.finish(file);
    let from = from?;
    if let Some((node, until)) = until_node.zip(until)
        && until <= from
    {
        file.note(
            node.place,
            "`until` is not after `from`",
            "`until` is the first day on which the version is no longer in force",
        );
    }
    Some((from, until))
}
