//! What happened in a run, to read when it goes wrong.

/// Tells what happened, and how to repeat it, when the test fails.
pub(crate) struct Diary {
    seed: u64,
    entries: Vec<String>,
}

impl Diary {
    pub(crate) fn of(seed: u64) -> Self {
        Self {
            seed,
            entries: Vec::new(),
        }
    }

    pub(crate) fn note(&mut self, entry: String) {
        self.entries.push(entry);
    }
}

impl Drop for Diary {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let Self { seed, entries } = self;
            println!("{}", entries.join("\n"));
            println!(
                "run {seed} failed; repeat it with: SLUIS_SEED={seed} cargo test -p sluis --test converges"
            );
        }
    }
}
