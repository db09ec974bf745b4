//! The parts of an address: text, and what is filled in.

use std::collections::BTreeMap;

use crate::source::template::encoding::{encoded, is_key_name};

/// A part of an address.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::source) enum Part {
    /// As it stands.
    Text(String),
    /// The level: with two digits, if so.
    Level { two_digits: bool },
    /// The level by its name in the source's grid.
    LevelName,
    /// The column.
    Column,
    /// The row in the grid's own direction.
    Row,
    /// The row counted from the other side of a square grid.
    FlippedRow,
    /// Level, column and row in one number of base 4.
    Quadkey,
    /// One of the subdomains.
    Subdomain,
    /// A secret of the operator's.
    Key(String),
}

const NONE_OF: &str =
    "has a placeholder that is none of {z} {zz} {id} {x} {y} {-y} {q} {s} {key:NAME} and none of params";

const UNOPENED: &str = "has } without {";

/// The parts of a template. `params` gives values to further placeholders, whatever their case.
pub(in crate::source) fn parse(
    text: &str,
    params: &BTreeMap<String, String>,
) -> Result<Vec<Part>, &'static str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, behind) = after.split_once('}').ok_or("has { without }")?;
        if before.contains('}') {
            return Err(UNOPENED);
        }
        push_text(&mut parts, before);
        rest = behind;
        let part = match name {
            "z" => Part::Level { two_digits: false },
            "zz" => Part::Level { two_digits: true },
            "x" => Part::Column,
            "y" => Part::Row,
            "-y" => Part::FlippedRow,
            "q" => Part::Quadkey,
            "s" => Part::Subdomain,
            "id" => Part::LevelName,
            // The names of OGC 07-057r7 (WMTS 1.0.0), section 10.2.1.
            _ if name.eq_ignore_ascii_case("TileMatrix") => Part::LevelName,
            _ if name.eq_ignore_ascii_case("TileRow") => Part::Row,
            _ if name.eq_ignore_ascii_case("TileCol") => Part::Column,
            _ => match name.strip_prefix("key:") {
                Some(name) if is_key_name(name) => Part::Key(name.to_owned()),
                _ => {
                    let found = params.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
                    push_value(&mut parts, found.ok_or(NONE_OF)?.1)?;
                    continue;
                }
            },
        };
        parts.push(part);
    }
    if rest.contains('}') {
        return Err(UNOPENED);
    }
    push_text(&mut parts, rest);
    Ok(parts)
}

/// A value that an operator has set: encoded for an address, with its keys as parts of their own.
pub(in crate::source) fn push_value(parts: &mut Vec<Part>, value: &str) -> Result<(), &'static str> {
    let mut rest = value;
    while let Some((before, after)) = rest.split_once("{key:") {
        let (name, behind) = after.split_once('}').ok_or("has { without }")?;
        if !is_key_name(name) {
            return Err("names a key with other characters than A-Z, 0-9 and _");
        }
        push_text(parts, &encoded(before));
        parts.push(Part::Key(name.to_owned()));
        rest = behind;
    }
    push_text(parts, &encoded(rest));
    Ok(())
}

/// Adds text, to the text that is there.
pub(in crate::source) fn push_text(parts: &mut Vec<Part>, text: &str) {
    match parts.last_mut() {
        _ if text.is_empty() => {}
        Some(Part::Text(before)) => before.push_str(text),
        _ => parts.push(Part::Text(text.to_owned())),
    }
}
