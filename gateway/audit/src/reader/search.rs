//! Finds the records of a query without reading the others.

use rusqlite::{Connection, OptionalExtension as _, Row, Statement};

use super::logs::{LogQuery, LoggedIntent, Page, record, visible};
use crate::bitmap::Bitmap;
use crate::index::{BLOCK_ENTRIES, Term};
use crate::store::{self, StoreError, blob, signed, unsigned};

/// Walks over the blocks in the order of the query, skipping those that hold nothing for it.
pub(super) struct Search<'a> {
    connection: &'a Connection,
    /// Finds the nearest bitmap of a term.
    seek: Statement<'a>,
    query: &'a LogQuery,
    size: u64,
    /// The indices that are left, after the cursor.
    low: u64,
    high: u64,
    /// What every record must have.
    base: Posting,
    /// What a record may have. Empty when there is no such filter.
    any: Vec<Posting>,
    period: Option<Period>,
}

/// The bitmaps of a term, read one at a time.
struct Posting {
    term: String,
    /// The nearest block that has the term, in the direction of the search. `None` before the
    /// first look.
    nearest: Option<Nearest>,
}

#[derive(Clone, Copy)]
enum Nearest {
    Block(u64, Bitmap),
    Nowhere,
}

/// Written later than the first and earlier than the second, unix milliseconds.
struct Period {
    after_ms: i64,
    before_ms: i64,
    /// The nearest block that may hold such a time, in the direction of the search. `None` before
    /// the first look.
    nearest: Option<Option<u64>>,
}

impl<'a> Search<'a> {
    pub(super) fn new(
        connection: &'a Connection,
        query: &'a LogQuery,
        cursor: Option<u64>,
    ) -> Result<Self, StoreError> {
        let size = store::size(connection)?;
        let (low, high) = match (cursor, query.ascending) {
            (None, _) => (0, size),
            (Some(cursor), true) => (cursor.saturating_add(1), size),
            (Some(cursor), false) => (0, cursor.min(size)),
        };
        let grants = query.grant_hashes.iter().cloned().map(Term::Grant);
        let services = query.service_names.iter().cloned().map(Term::Service);
        let seek = connection.prepare(if query.ascending {
            "SELECT block, bitmap FROM posting WHERE term = ?1 AND block >= ?2 ORDER BY block LIMIT 1"
        } else {
            "SELECT block, bitmap FROM posting WHERE term = ?1 AND block <= ?2 ORDER BY block DESC LIMIT 1"
        })?;
        Ok(Self {
            connection,
            seek,
            query,
            size,
            low,
            high,
            base: Posting::of(&query.peer.clone().map_or(Term::Intent, Term::Peer)),
            any: grants
                .chain(services)
                .map(|term| Posting::of(&term))
                .collect(),
            period: Period::of(query),
        })
    }

    /// The page that the query asks for.
    pub(super) fn page(mut self) -> Result<Page, StoreError> {
        let limit = self.query.limit as usize;
        let mut records: Vec<LoggedIntent> = Vec::new();
        while self.low < self.high {
            let Some((block, bits)) = self.next_block()? else {
                break;
            };
            let first = block * BLOCK_ENTRIES;
            let (from, until) = (first.max(self.low), (first + BLOCK_ENTRIES).min(self.high));
            let mut indices: Vec<u64> = bits
                .places()
                .map(|place| first + place)
                .filter(|index| (from..until).contains(index))
                .collect();
            if !self.query.ascending {
                indices.reverse();
            }
            for index in indices {
                let found = record(self.connection, index)?.filter(|record| self.fits(record));
                let Some(found) = found else { continue };
                if records.len() == limit {
                    // There is one more, so there is a next page.
                    let next_cursor = records
                        .last()
                        .map_or_else(String::new, |last| last.index.to_string());
                    return Ok(Page {
                        records,
                        next_cursor,
                    });
                }
                records.push(found);
            }
            if self.query.ascending {
                self.low = until;
            } else {
                self.high = from;
            }
        }
        Ok(Page {
            records,
            next_cursor: String::new(),
        })
    }

    /// The next block that may hold a record for the query, and its candidates in it.
    fn next_block(&mut self) -> Result<Option<(u64, Bitmap)>, StoreError> {
        let full_blocks = self.size / BLOCK_ENTRIES;
        let mut at = if self.query.ascending {
            self.low / BLOCK_ENTRIES
        } else {
            (self.high - 1) / BLOCK_ENTRIES
        };
        loop {
            // The block at the right edge has no bitmaps: its entries are read.
            if at >= full_blocks {
                return Ok(Some((at, Bitmap::first(BLOCK_ENTRIES))));
            }
            let base = self
                .base
                .nearest(&mut self.seek, at, self.query.ascending)?;
            let Some(block) = self.furthest(at, base)? else {
                return Ok(self.edge(full_blocks));
            };
            if block == at {
                let Nearest::Block(_, bits) = base else {
                    return Ok(self.edge(full_blocks));
                };
                return Ok(Some((at, self.candidates(at, bits))));
            }
            at = block;
        }
    }

    /// The block at the right edge, when the search has yet to come to it.
    fn edge(&self, full_blocks: u64) -> Option<(u64, Bitmap)> {
        (self.query.ascending && self.high > full_blocks * BLOCK_ENTRIES)
            .then(|| (full_blocks, Bitmap::first(BLOCK_ENTRIES)))
    }

    /// The first block, from `at` on, that has what every record must have and may have what any
    /// record may have. `None` when there is none among the full blocks.
    fn furthest(&mut self, at: u64, base: Nearest) -> Result<Option<u64>, StoreError> {
        let ascending = self.query.ascending;
        let Nearest::Block(base, _) = base else {
            return Ok(None);
        };
        if self.any.is_empty() && self.period.is_none() {
            return Ok(Some(base));
        }
        let mut nearest: Option<u64> = None;
        let mut consider = |block: u64| {
            nearest = Some(match nearest {
                None => block,
                Some(other) if ascending => other.min(block),
                Some(other) => other.max(block),
            });
        };
        for posting in &mut self.any {
            if let Nearest::Block(block, _) = posting.nearest(&mut self.seek, at, ascending)? {
                consider(block);
            }
        }
        if let Some(period) = &mut self.period
            && let Some(block) = period.nearest(self.connection, at, ascending)?
        {
            consider(block);
        }
        Ok(nearest.map(|nearest| {
            if ascending {
                nearest.max(base)
            } else {
                nearest.min(base)
            }
        }))
    }

    fn candidates(&self, block: u64, base: Bitmap) -> Bitmap {
        if self.period.is_some() || self.any.is_empty() {
            // A period is checked against the entries.
            return base;
        }
        let any = self
            .any
            .iter()
            .filter_map(|posting| match posting.nearest {
                Some(Nearest::Block(at, bits)) if at == block => Some(bits),
                _ => None,
            })
            .fold(Bitmap::default(), Bitmap::or);
        base.and(any)
    }

    fn fits(&self, record: &LoggedIntent) -> bool {
        let query = self.query;
        let unfiltered = self.any.is_empty() && self.period.is_none();
        visible(query, record)
            && (unfiltered
                || self
                    .period
                    .as_ref()
                    .is_some_and(|period| period.holds(record.at_ms))
                || query.grant_hashes.contains(&record.intent.grant_hash)
                || query.service_names.contains(&record.intent.service))
    }
}

impl Posting {
    fn of(term: &Term) -> Self {
        Self {
            term: term.to_string(),
            nearest: None,
        }
    }

    fn nearest(
        &mut self,
        seek: &mut Statement<'_>,
        at: u64,
        ascending: bool,
    ) -> Result<Nearest, StoreError> {
        match self.nearest {
            Some(Nearest::Nowhere) => return Ok(Nearest::Nowhere),
            Some(found @ Nearest::Block(block, _)) if block == at || (block > at) == ascending => {
                return Ok(found);
            }
            _ => {}
        }
        let mut rows = seek.query((&self.term, signed(at)?))?;
        let found = match rows.next()? {
            Some(row) => read_posting(row)?,
            None => Nearest::Nowhere,
        };
        self.nearest = Some(found);
        Ok(found)
    }
}

fn read_posting(row: &Row<'_>) -> Result<Nearest, StoreError> {
    let place = "the table posting";
    let bits = Bitmap::from_bytes(blob(row, 1, place)?)
        .ok_or_else(|| StoreError::Damaged(place.to_owned()))?;
    Ok(Nearest::Block(unsigned(row, 0, place)?, bits))
}

impl Period {
    fn of(query: &LogQuery) -> Option<Self> {
        let (after, before) = (query.after_unix_seconds, query.before_unix_seconds);
        if after.is_none() && before.is_none() {
            return None;
        }
        Some(Self {
            // `created_at` of a record is in whole seconds: after 10 begins at 11.000.
            after_ms: after.map_or(i64::MIN, |seconds| {
                seconds.saturating_mul(1_000).saturating_add(999)
            }),
            before_ms: before.map_or(i64::MAX, |seconds| seconds.saturating_mul(1_000)),
            nearest: None,
        })
    }

    fn holds(&self, at_ms: u64) -> bool {
        let at_ms = i64::try_from(at_ms).unwrap_or(i64::MAX);
        at_ms > self.after_ms && at_ms < self.before_ms
    }

    /// Blocks are not indexed by time, so that looking is dear: what was found is kept until the
    /// search has passed it.
    fn nearest(
        &mut self,
        connection: &Connection,
        at: u64,
        ascending: bool,
    ) -> Result<Option<u64>, StoreError> {
        match self.nearest {
            Some(None) => return Ok(None),
            Some(Some(block)) if block == at || (block > at) == ascending => {
                return Ok(Some(block));
            }
            _ => {}
        }
        let sql = if ascending {
            "SELECT n FROM block WHERE n >= ?1 AND last_ms > ?2 AND first_ms < ?3 ORDER BY n LIMIT 1"
        } else {
            "SELECT n FROM block WHERE n <= ?1 AND last_ms > ?2 AND first_ms < ?3 ORDER BY n DESC LIMIT 1"
        };
        let found: Option<i64> = connection
            .query_row(sql, (signed(at)?, self.after_ms, self.before_ms), |row| {
                row.get(0)
            })
            .optional()?;
        let found = found.and_then(|block| u64::try_from(block).ok());
        self.nearest = Some(found);
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_looks_only_where_it_has_not_looked() {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE block(n INTEGER PRIMARY KEY, first_ms INTEGER, last_ms INTEGER);
                 INSERT INTO block VALUES (0, 1, 1), (1, 1, 1), (2, 5000, 5000), (3, 9000, 9000)",
            )
            .unwrap();
        let query = LogQuery {
            after_unix_seconds: Some(3),
            before_unix_seconds: Some(7),
            ..LogQuery::default()
        };
        let mut up = Period::of(&query).unwrap();
        let mut down = Period::of(&query).unwrap();
        assert_eq!(up.nearest(&connection, 0, true).unwrap(), Some(2));
        assert_eq!(down.nearest(&connection, 3, false).unwrap(), Some(2));
        assert_eq!(down.nearest(&connection, 1, false).unwrap(), None);
        connection.execute_batch("DROP TABLE block").unwrap();
        assert_eq!(up.nearest(&connection, 1, true).unwrap(), Some(2));
        assert_eq!(up.nearest(&connection, 2, true).unwrap(), Some(2));
        assert_eq!(down.nearest(&connection, 0, false).unwrap(), None);
        assert!(up.nearest(&connection, 3, true).is_err());
    }
}
