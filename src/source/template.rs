//! Address templates: `https://host/{z}/{x}/{y}.png?key={key:NAME}`.

use crate::geo::TileCoord;
use crate::source::FetchError;

/// A parsed address template.
///
/// Placeholders: `{z}` level, `{x}` column, `{y}` row in the grid's own direction, `{-y}` row counted from the
/// other side of a square grid, `{s}` one of the subdomains, `{key:NAME}` a secret that the operator has set.
///
/// # Guarantees
/// The address begins with `http://` or `https://` and a host that no placeholder but `{s}` can change, so
/// whatever tile or key is filled in, the request goes to the operator's host.
#[derive(Debug, Clone, PartialEq)]
pub struct AddressTemplate {
    text: String,
    parts: Vec<Part>,
    subdomains: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
enum Part {
    Text(String),
    Level,
    Column,
    Row,
    FlippedRow,
    Subdomain,
    Key(String),
}

impl AddressTemplate {
    /// Parses a template.
    ///
    /// # Errors
    /// What the template must be, as a half sentence for the catalogue's error.
    pub fn parse(text: &str, subdomains: &[String]) -> Result<Self, &'static str> {
        let rest = text
            .strip_prefix("https://")
            .or_else(|| text.strip_prefix("http://"))
            .ok_or("must begin with http:// or https://")?;
        if !text.is_ascii() || text.bytes().any(|b| b.is_ascii_control() || b == b' ') {
            return Err("must have ASCII characters without spaces only");
        }
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if host.is_empty() || host.contains('@') {
            return Err("must name a host, without user and password");
        }
        if host.replace("{s}", "").contains('{') {
            return Err("must not have a placeholder other than {s} in the host");
        }
        if subdomains
            .iter()
            .any(|s| s.is_empty() || !s.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
        {
            return Err("has {s}, whose subdomains must be letters, digits and - only");
        }
        let parts = parse_parts(text)?;
        if parts.contains(&Part::Subdomain) && subdomains.is_empty() {
            return Err("has {s} but no subdomains are given");
        }
        for needed in [Part::Level, Part::Column] {
            if !parts.contains(&needed) {
                return Err("must have {z}, {x} and {y}");
            }
        }
        if !parts.contains(&Part::Row) && !parts.contains(&Part::FlippedRow) {
            return Err("must have {z}, {x} and {y}");
        }
        Ok(Self { text: text.to_owned(), parts, subdomains: subdomains.to_vec() })
    }

    /// The template as it was given. It names keys but holds none.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the address needs a secret, so that only the edge may ask.
    #[must_use]
    pub fn needs_key(&self) -> bool {
        self.key_names().next().is_some()
    }

    /// The names of the secrets that the address needs.
    pub fn key_names(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Key(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// The address of a tile. `key` looks up a secret by its name.
    ///
    /// # Errors
    /// [`FetchError::MissingKey`] when a secret is not set, [`FetchError::NoAddress`] when the row cannot be flipped.
    pub fn address(
        &self,
        tile: TileCoord,
        key: &dyn Fn(&str) -> Option<String>,
    ) -> Result<String, FetchError> {
        use std::fmt::Write as _;
        let mut address = String::with_capacity(self.text.len() + 16);
        for part in &self.parts {
            // Writing to a String cannot fail.
            let _ = match part {
                Part::Text(text) => write!(address, "{text}"),
                Part::Level => write!(address, "{}", tile.z),
                Part::Column => write!(address, "{}", tile.x),
                Part::Row => write!(address, "{}", tile.y),
                Part::FlippedRow => {
                    let rows = 1i64.checked_shl(u32::from(tile.z)).ok_or(FetchError::NoAddress)?;
                    write!(address, "{}", rows - 1 - i64::from(tile.y))
                }
                Part::Subdomain => {
                    // Always the same host for the same tile: caches on the way stay useful.
                    let turn =
                        (i64::from(tile.x) + i64::from(tile.y)).rem_euclid(self.subdomains.len() as i64);
                    write!(address, "{}", self.subdomains[turn as usize])
                }
                Part::Key(name) => {
                    let secret = key(name).ok_or_else(|| FetchError::MissingKey(name.clone()))?;
                    write!(address, "{secret}")
                }
            };
        }
        Ok(address)
    }
}

fn parse_parts(text: &str) -> Result<Vec<Part>, &'static str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let close = rest[open..].find('}').ok_or("has { without }")? + open;
        if open > 0 {
            parts.push(Part::Text(rest[..open].to_owned()));
        }
        parts.push(match &rest[open + 1..close] {
            "z" => Part::Level,
            "x" => Part::Column,
            "y" => Part::Row,
            "-y" => Part::FlippedRow,
            "s" => Part::Subdomain,
            other => match other.strip_prefix("key:") {
                Some(name) if is_key_name(name) => Part::Key(name.to_owned()),
                _ => return Err("has a placeholder that is none of {z} {x} {y} {-y} {s} {key:NAME}"),
            },
        });
        rest = &rest[close + 1..];
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest.to_owned()));
    }
    Ok(parts)
}

/// The names in `{key:NAME}` in a text.
pub(super) fn keys_in(text: &str) -> Vec<&str> {
    let named = text.split("{key:").skip(1);
    named
        .filter_map(|rest| rest.split_once('}'))
        .map(|(name, _)| name)
        .filter(|name| is_key_name(name))
        .collect()
}

/// A text with its secrets filled in.
pub(super) fn fill_keys(text: &str, key: &dyn Fn(&str) -> Option<String>) -> Result<String, FetchError> {
    let mut filled = text.to_owned();
    for name in keys_in(text) {
        let secret = key(name).ok_or_else(|| FetchError::MissingKey(name.to_owned()))?;
        filled = filled.replace(&format!("{{key:{name}}}"), &secret);
    }
    Ok(filled)
}

/// A secret as it stands in an address: what could end its place in it is percent-encoded. One that already is (`%2B`)
/// stays as it is, for services hand out both spellings.
pub(super) fn encoded(secret: &str) -> String {
    let mut out = String::with_capacity(secret.len());
    for byte in secret.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b':' | b',' | b'%' => {
                out.push(char::from(byte));
            }
            _ => {
                const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
                out.push('%');
                out.push(char::from(DIGITS[usize::from(byte >> 4)]));
                out.push(char::from(DIGITS[usize::from(byte & 15)]));
            }
        }
    }
    out
}

fn is_key_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn no_keys(_: &str) -> Option<String> {
        None
    }

    fn tile(z: u8, x: i32, y: i32) -> TileCoord {
        TileCoord { z, x, y }
    }

    #[test]
    fn placeholders_are_filled() {
        let hosts = ["a".to_owned(), "b".to_owned()];
        let t = AddressTemplate::parse("https://{s}.tiles.test/{z}/{x}/{y}.png", &hosts).unwrap();
        assert_eq!(t.address(tile(3, 4, 5), &no_keys).unwrap(), "https://b.tiles.test/3/4/5.png");
        assert_eq!(t.address(tile(3, 4, 6), &no_keys).unwrap(), "https://a.tiles.test/3/4/6.png");
        assert_eq!(t.address(tile(3, -5, 2), &no_keys).unwrap(), "https://b.tiles.test/3/-5/2.png");
    }

    #[test]
    fn rows_can_be_counted_from_the_other_side() {
        let t = AddressTemplate::parse("http://h.test/{z}/{x}/{-y}", &[]).unwrap();
        assert_eq!(t.address(tile(3, 4, 0), &no_keys).unwrap(), "http://h.test/3/4/7");
    }

    #[test]
    fn keys_come_from_the_operator_and_stay_out_of_the_template() {
        let t = AddressTemplate::parse("http://h.test/{key:MY_KEY}/{z}/{y}/{x}", &[]).unwrap();
        assert!(t.needs_key());
        assert_eq!(t.address(tile(1, 0, 1), &no_keys), Err(FetchError::MissingKey("MY_KEY".to_owned())));
        let key = |name: &str| (name == "MY_KEY").then(|| "s3cret".to_owned());
        assert_eq!(t.address(tile(1, 0, 1), &key).unwrap(), "http://h.test/s3cret/1/1/0");
        assert!(!t.as_str().contains("s3cret"));
    }

    #[test]
    fn bad_templates_are_refused() {
        for bad in [
            "ftp://h.test/{z}/{x}/{y}",
            "/relative/{z}/{x}/{y}",
            "https:///{z}/{x}/{y}",
            "https://user:pass@h.test/{z}/{x}/{y}",
            "https://{x}.h.test/{z}/{x}/{y}",
            "https://h.test/{z}/{x}",
            "https://h.test/{z}/{y}",
            "https://h.test/{z}/{x}/{y",
            "https://h.test/{z}/{x}/{y}/{q}",
            "https://h.test/{z}/{x}/{y}?k={key:lower}",
            "https://{s}.h.test/{z}/{x}/{y}",
            "https://h.test/ {z}/{x}/{y}",
        ] {
            assert!(AddressTemplate::parse(bad, &[]).is_err(), "{bad} was accepted");
        }
        assert!(AddressTemplate::parse("https://{s}.h/{z}/{x}/{y}", &["a/b".to_owned()]).is_err());
    }
}
