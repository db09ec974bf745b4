//! By what a source's operator knows an answer.

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::source::fields::{FieldReader, Misfit};

/// Marks as an entry has them.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct MarksEntry {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    statuses: Vec<f64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sha256: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    bytes: Vec<f64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    texts: Vec<String>,
}

/// By what a source's operator knows an answer: that of a place without a map, or the picture of an error text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Marks {
    statuses: Vec<u16>,
    digests: Vec<[u8; 32]>,
    lengths_bytes: Vec<u32>,
    texts: Vec<String>,
}

impl MarksEntry {
    /// The mark that is a status.
    pub(in crate::source) fn of_status(status: u16) -> Self {
        Self { statuses: vec![status.into()], ..Self::default() }
    }

    pub(in crate::source) fn read(mut fields: FieldReader) -> Result<Self, Misfit> {
        let entry = Self {
            statuses: fields.numbers("statuses").unwrap_or_default(),
            sha256: fields.texts("sha256").unwrap_or_default(),
            bytes: fields.numbers("bytes").unwrap_or_default(),
            texts: fields.texts("texts").unwrap_or_default(),
        };
        fields.finish()?;
        Ok(entry)
    }
}

impl Marks {
    /// From what an entry says; in words what is wrong with it.
    pub(in crate::source) fn declared(entry: &MarksEntry) -> Result<Self, &'static str> {
        /// More of one kind is no list that a person has written.
        const MOST: usize = 64;
        let counts = [entry.statuses.len(), entry.sha256.len(), entry.bytes.len(), entry.texts.len()];
        if counts.iter().any(|count| *count > MOST) {
            return Err("must have at most 64 of each kind");
        }
        if entry.statuses.iter().any(|status| !(201.0..600.0).contains(status) || status.fract() != 0.0) {
            return Err("must have statuses of 201 to 599");
        }
        if entry.bytes.iter().any(|bytes| !(0.0..=f64::from(u32::MAX)).contains(bytes)) {
            return Err("must have lengths in bytes");
        }
        if entry.texts.iter().any(|text| text.trim().len() < 3) {
            return Err("must have texts of three letters or more");
        }
        let digests: Option<Vec<_>> = entry.sha256.iter().map(|text| digest(text)).collect();
        Ok(Self {
            statuses: entry.statuses.iter().map(|status| *status as u16).collect(),
            digests: digests.ok_or("must have SHA-256 digests of 64 hexadecimal digits")?,
            lengths_bytes: entry.bytes.iter().map(|bytes| *bytes as u32).collect(),
            texts: entry.texts.clone(),
        })
    }

    pub(super) fn has_status(&self, status: u16) -> bool {
        self.statuses.contains(&status)
    }

    pub(super) fn has_length(&self, length_bytes: usize) -> bool {
        self.lengths_bytes.iter().any(|known| *known as usize == length_bytes)
    }

    pub(super) const fn wants_digest(&self) -> bool {
        !self.digests.is_empty()
    }

    pub(super) fn has_digest(&self, digest: &[u8; 32]) -> bool {
        self.digests.contains(digest)
    }

    pub(super) fn has_text(&self, text: &str) -> bool {
        self.texts.iter().any(|known| text.contains(known.as_str()))
    }
}

/// The SHA-256 of some bytes.
pub(super) fn digest_of(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

fn digest(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let mut digest = [0; 32];
    for (byte, at) in digest.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(text.get(at..at + 2)?, 16).ok()?;
    }
    Some(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> MarksEntry {
        MarksEntry::read(FieldReader::new(serde_json::from_str(json).unwrap(), "")).unwrap()
    }

    #[test]
    fn marks_are_read_or_told_what_is_wrong() {
        let of = |json: &str| Marks::declared(&read(json));
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let marks =
            of(&format!(r#"{{"statuses":[404,204],"sha256":["{empty}"],"bytes":[103],"texts":["none"]}}"#));
        let marks = marks.unwrap();
        assert!(marks.has_status(404) && !marks.has_status(403) && marks.has_length(103));
        assert!(marks.has_digest(&digest_of(b"")) && !marks.has_digest(&digest_of(b"x")));
        assert!(marks.has_text("there is none here") && !marks.has_text("no"));
        let short = &empty[1..];
        for bad in [
            r#"{"statuses":[200]}"#.to_owned(),
            r#"{"statuses":[99]}"#.to_owned(),
            r#"{"texts":[" a "]}"#.to_owned(),
            format!(r#"{{"sha256":["{short}"]}}"#),
            format!(r#"{{"sha256":["{short}g"]}}"#),
            format!(r#"{{"sha256":["{short}é"]}}"#),
        ] {
            assert!(of(&bad).is_err(), "{bad}");
        }
    }
}
