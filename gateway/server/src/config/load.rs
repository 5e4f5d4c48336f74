//! From a file to a [`Config`], or to everything that is wrong with the file's form.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::Config;
use super::mistake::{Kind, Mistake, did_you_mean, listed};
use super::problem::{Position, Problem, Report, Severity};
use super::reader;
use super::tree::{FILE_BYTES_MAX, Node, Step};

/// Most mistakes of form that are reported for one file; nobody reads more.
const MISTAKES_MAX: usize = 50;

/// Sections without which nothing can start.
const REQUIRED: [(&str, &str); 5] = [
    (
        "group_id",
        "name the FSC group, for example `group_id: sluis.demo`",
    ),
    (
        "peer",
        "say who you are: `peer: { id: \"<OIN>\", name: <organisation> }`",
    ),
    (
        "certificate",
        "name your certificate: `certificate: { chain_file: .., key_file: .. }`",
    ),
    (
        "trust",
        "name whom you trust: `trust: { anchors_file: .., crl_files: [..] }`",
    ),
    (
        "store",
        "name the folder to keep contracts and log in: `store: { folder: data }`",
    ),
];

/// A configuration file that was read, with what is needed to say where each value stands.
#[derive(Clone, Debug)]
pub struct ConfigFile {
    pub(super) path: PathBuf,
    /// The file as it stands, also the parts that do not fit.
    tree: Node,
    /// The configuration, when enough of the file fits to speak of one. Parts with mistakes are
    /// left out of it.
    pub(super) config: Option<Config>,
    /// Mistakes of form.
    pub(super) problems: Vec<Problem>,
    /// First-level keys with a mistake in them: their contents are not judged further.
    pub(super) broken: BTreeSet<String>,
}

impl ConfigFile {
    /// Reads a configuration file. What is wrong with it is kept in what is returned.
    #[must_use]
    pub fn read(path: &Path) -> Self {
        let folder = path.parent().unwrap_or(Path::new(""));
        match read_text(path) {
            Ok(text) => Self::parse(path, folder, &text),
            Err((message, remedy)) => Self::hopeless(path, None, message, remedy),
        }
    }

    /// Reads a configuration from text. Relative paths count from `folder`; `path` is only named
    /// in what is reported.
    #[must_use]
    pub fn parse(path: &Path, folder: &Path, text: &str) -> Self {
        let (tree, twice) = match Node::parse(text) {
            Ok(read) => read,
            Err(error) => {
                return Self::hopeless(path, error.position, error.message, error.remedy);
            }
        };
        let mut file = Self {
            path: path.to_owned(),
            tree,
            config: None,
            problems: Vec::new(),
            broken: BTreeSet::new(),
        };
        for error in twice.into_iter().take(MISTAKES_MAX) {
            file.note(error.position, String::new(), error.message, error.remedy);
        }
        file.read_tree();
        if let Some(config) = &mut file.config {
            config.resolve(folder);
        }
        file
    }

    /// The configuration, when its form holds no mistake.
    ///
    /// # Errors
    ///
    /// A report of every mistake of form.
    pub fn into_config(self) -> Result<Config, Report> {
        match self.config {
            Some(config) if self.problems.is_empty() => Ok(config),
            _ => Err(Report::new(self.problems)),
        }
    }

    /// The configuration, without the parts that hold a mistake of form; nothing when too much of
    /// it does.
    #[must_use]
    pub fn config(&self) -> Option<&Config> {
        self.config.as_ref()
    }

    /// The place of the value with this key, for example `inway.services[0].name`; of the nearest
    /// key above it when the file leaves it to its default.
    pub(super) fn position(&self, key: &str) -> Option<Position> {
        let steps = steps(key);
        if let Some(node) = self.tree.at(&steps) {
            return Some(node.position);
        }
        (1..steps.len())
            .rev()
            .find_map(|length| self.tree.key_position(steps.get(..length)?))
    }

    /// A configuration of which the text is not at hand any more.
    pub(super) fn of(config: Config) -> Self {
        Self {
            path: PathBuf::new(),
            tree: nothing(),
            config: Some(config),
            problems: Vec::new(),
            broken: BTreeSet::new(),
        }
    }

    fn hopeless(
        path: &Path,
        position: Option<Position>,
        message: String,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            path: path.to_owned(),
            tree: nothing(),
            config: None,
            problems: vec![Problem {
                severity: Severity::Error,
                file: path.to_owned(),
                position,
                key: String::new(),
                message,
                remedy: remedy.into(),
            }],
            broken: BTreeSet::new(),
        }
    }

    /// Reads the types out of the tree; whatever does not fit is noted and taken out, until the
    /// rest fits or can fit no more.
    fn read_tree(&mut self) {
        for (key, remedy) in REQUIRED {
            let steps = [Step::Key(key.to_owned())];
            if self.tree.at(&steps).is_none() {
                self.note(
                    None,
                    key.to_owned(),
                    "this section is missing".to_owned(),
                    remedy,
                );
                self.broken.insert(key.to_owned());
            }
        }
        let mut rest = self.tree.clone();
        let mut taken_out: BTreeSet<String> = BTreeSet::new();
        while self.problems.len() < MISTAKES_MAX {
            let mistake = match reader::read::<Config>(&rest) {
                Ok(config) => {
                    self.config = Some(config);
                    return;
                }
                Err(mistake) => mistake,
            };
            let key = key_of(&mistake.path);
            if let Kind::MissingKey { key: missing } = &mistake.kind {
                if mistake.path.is_empty() {
                    return; // a required section: noted above, or when it was taken out
                }
                if !taken_out.contains(&format!("{key}.{missing}")) {
                    self.note_mistake(&mistake);
                }
            } else if !is_above(&key, &taken_out) {
                self.note_mistake(&mistake);
            }
            if let Some(Step::Key(section)) = mistake.path.first() {
                self.broken.insert(section.clone());
            }
            taken_out.insert(key);
            if !rest.remove(&mistake.path) {
                return;
            }
        }
    }

    fn note_mistake(&mut self, mistake: &Mistake) {
        let key = key_of(&mistake.path);
        let (message, remedy) = match &mistake.kind {
            Kind::UnknownKey { known } => {
                let name = match mistake.path.last() {
                    Some(Step::Key(name)) => name.as_str(),
                    _ => "",
                };
                let remedy = did_you_mean(name, known)
                    .unwrap_or_else(|| format!("remove it, or use {}", listed(known)));
                ("this key does not exist".to_owned(), remedy)
            }
            Kind::MissingKey { key } => (format!("`{key}` is missing here"), "add it".to_owned()),
            Kind::Value { message, remedy } => (message.clone(), remedy.clone()),
        };
        self.note(mistake.position, key, message, remedy);
    }

    fn note(
        &mut self,
        position: Option<Position>,
        key: String,
        message: String,
        remedy: impl Into<String>,
    ) {
        self.problems.push(Problem {
            severity: Severity::Error,
            file: self.path.clone(),
            position,
            key,
            message,
            remedy: remedy.into(),
        });
    }
}

fn nothing() -> Node {
    Node {
        position: Position { line: 1, column: 1 },
        content: super::tree::Content::Map(Vec::new()),
    }
}

/// Whether something beneath this key was taken out: what is wrong with the whole may be only that.
fn is_above(key: &str, taken_out: &BTreeSet<String>) -> bool {
    let beneath = format!("{key}.");
    taken_out.iter().any(|other| other.starts_with(&beneath))
}

fn read_text(path: &Path) -> Result<String, (String, String)> {
    let unreadable = |error: std::io::Error| {
        (
            format!("the file cannot be read: {error}"),
            "check the path and that this user may read it".to_owned(),
        )
    };
    let length = std::fs::metadata(path).map_err(unreadable)?.len();
    if length > FILE_BYTES_MAX as u64 {
        return Err((
            format!("the file has {length} bytes"),
            format!("keep the configuration under {FILE_BYTES_MAX} bytes (1 MiB)"),
        ));
    }
    let bytes = std::fs::read(path).map_err(unreadable)?;
    String::from_utf8(bytes).map_err(|_| {
        (
            "the file is not UTF-8 text".to_owned(),
            "save it as UTF-8".to_owned(),
        )
    })
}

/// `inway.services[0].name` for people.
fn key_of(steps: &[Step]) -> String {
    let mut key = String::new();
    for step in steps {
        match step {
            Step::Key(name) if key.is_empty() => key.push_str(name),
            Step::Key(name) => {
                key.push('.');
                key.push_str(name);
            }
            Step::Index(index) => key.push_str(&format!("[{index}]")),
        }
    }
    key
}

/// The reverse of [`key_of`], for keys that are written in this crate.
fn steps(key: &str) -> Vec<Step> {
    key.split(['.', '['])
        .map(|part| match part.strip_suffix(']').map(str::parse) {
            Some(Ok(index)) => Step::Index(index),
            _ => Step::Key(part.to_owned()),
        })
        .collect()
}
