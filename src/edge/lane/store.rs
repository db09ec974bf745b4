//! The lane's rows in SQLite.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use worker::{SqlStorage, SqlStorageValue};

use crate::edge::error::EdgeError;
use crate::job::{Capture, Changes, Stored, Ticket};

/// The lane's tables.
pub struct LaneStore {
    sql: SqlStorage,
}

/// Raised when the shape of rows changes. Nothing older was ever released, so there is nothing to carry over: captures of
/// another shape are forgotten, and what they have in the chunk store expires by itself. A migration will go here.
const SCHEMA: &str = "4";

#[derive(Deserialize)]
struct BodyRow {
    body: String,
}

#[derive(Deserialize)]
struct CaptureRow {
    body: String,
    job: String,
}

#[derive(Deserialize)]
struct StripRow {
    ticket: f64,
    idx: u32,
    body: String,
}

#[derive(Deserialize)]
struct GarbageRow {
    key: String,
    due_ms: f64,
}

/// Numbers cross into JavaScript, where whole ones are exact to 2^53: tickets and times stay far below.
const fn number(value: u64) -> SqlStorageValue {
    SqlStorageValue::Integer(value.cast_signed())
}

fn json<T: Serialize>(value: &T) -> Result<SqlStorageValue, EdgeError> {
    Ok(SqlStorageValue::String(serde_json::to_string(value)?))
}

impl LaneStore {
    /// The tables in a database; [`LaneStore::load`] sees to it that they are there.
    pub const fn new(sql: SqlStorage) -> Self {
        Self { sql }
    }

    /// Makes the tables on first use.
    fn prepare(&self) -> Result<(), EdgeError> {
        self.sql.exec(
            "CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, body TEXT NOT NULL);
             CREATE TABLE IF NOT EXISTS captures (ticket INTEGER PRIMARY KEY, body TEXT NOT NULL);
             CREATE TABLE IF NOT EXISTS jobs (ticket INTEGER PRIMARY KEY, body TEXT NOT NULL);
             CREATE TABLE IF NOT EXISTS strips (ticket INTEGER, idx INTEGER, body TEXT NOT NULL,
                 PRIMARY KEY (ticket, idx)) WITHOUT ROWID;
             CREATE TABLE IF NOT EXISTS garbage (key TEXT PRIMARY KEY, due_ms INTEGER NOT NULL) WITHOUT ROWID;",
            None,
        )?;
        if self.meta::<String>("schema")?.as_deref() != Some(SCHEMA) {
            self.sql.exec(
                "DELETE FROM captures; DELETE FROM jobs; DELETE FROM strips; DELETE FROM garbage; DELETE FROM meta;",
                None,
            )?;
            self.set_meta("schema", &SCHEMA)?;
        }
        Ok(())
    }

    /// All rows. Comes before the first [`LaneStore::write`].
    pub fn load(&self) -> Result<Stored, EdgeError> {
        self.prepare()?;
        let (counters, pauses) = (self.meta("counters")?, self.meta("pauses")?.unwrap_or_default());
        let mut stored = Stored { counters, pauses, ..Stored::default() };
        let both = "SELECT captures.body AS body, jobs.body AS job FROM captures JOIN jobs USING (ticket) ORDER BY ticket";
        for row in self.rows::<CaptureRow>(both)? {
            let capture: Capture = serde_json::from_str(&row.body)?;
            stored.captures.push(capture.with_job(serde_json::from_str(&row.job)?));
        }
        for row in self.rows::<StripRow>("SELECT ticket, idx, body FROM strips")? {
            stored.strips.push((Ticket(row.ticket as u64), row.idx, serde_json::from_str(&row.body)?));
        }
        for row in self.rows::<GarbageRow>("SELECT key, due_ms FROM garbage")? {
            stored.garbage.push((row.key, row.due_ms as u64));
        }
        Ok(stored)
    }

    /// Writes what a turn has changed. Synchronous: the runtime commits all of it or nothing.
    pub fn write(&self, changes: &Changes) -> Result<(), EdgeError> {
        if let Some(counters) = &changes.counters {
            self.set_meta("counters", counters)?;
        }
        if let Some(pauses) = &changes.pauses {
            self.set_meta("pauses", pauses)?;
        }
        for capture in &changes.captures {
            self.exec(
                "INSERT OR REPLACE INTO captures (ticket, body) VALUES (?, ?)",
                vec![number(capture.ticket().0), json(capture)?],
            )?;
        }
        for (ticket, job) in &changes.jobs {
            self.exec(
                "INSERT OR REPLACE INTO jobs (ticket, body) VALUES (?, ?)",
                vec![number(ticket.0), json(&**job)?],
            )?;
        }
        for (ticket, index, work) in &changes.strips {
            self.exec(
                "INSERT OR REPLACE INTO strips (ticket, idx, body) VALUES (?, ?, ?)",
                vec![number(ticket.0), number(u64::from(*index)), json(work)?],
            )?;
        }
        for ticket in &changes.forgotten {
            self.exec("DELETE FROM captures WHERE ticket = ?", vec![number(ticket.0)])?;
            self.exec("DELETE FROM jobs WHERE ticket = ?", vec![number(ticket.0)])?;
            self.exec("DELETE FROM strips WHERE ticket = ?", vec![number(ticket.0)])?;
        }
        for (key, due_ms) in &changes.garbage {
            self.exec(
                "INSERT OR REPLACE INTO garbage (key, due_ms) VALUES (?, ?)",
                vec![key.as_str().into(), number(*due_ms)],
            )?;
        }
        for key in &changes.deleted {
            self.exec("DELETE FROM garbage WHERE key = ?", vec![key.as_str().into()])?;
        }
        Ok(())
    }

    fn exec(&self, query: &str, bindings: Vec<SqlStorageValue>) -> Result<(), EdgeError> {
        self.sql.exec(query, bindings)?;
        Ok(())
    }

    fn rows<T: DeserializeOwned>(&self, query: &str) -> Result<Vec<T>, EdgeError> {
        Ok(self.sql.exec(query, None)?.to_array()?)
    }

    fn meta<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, EdgeError> {
        let query = "SELECT body FROM meta WHERE name = ?";
        let rows: Vec<BodyRow> = self.sql.exec(query, vec![name.into()])?.to_array()?;
        Ok(rows.first().map(|row| serde_json::from_str(&row.body)).transpose()?)
    }

    fn set_meta<T: Serialize>(&self, name: &str, value: &T) -> Result<(), EdgeError> {
        self.exec("INSERT OR REPLACE INTO meta (name, body) VALUES (?, ?)", vec![name.into(), json(value)?])
    }
}
