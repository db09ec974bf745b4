//! Address templates: `https://host/{z}/{x}/{y}.png?key={key:NAME}`.

mod encoding;
mod part;

use std::collections::BTreeMap;

use crate::geo::TileCoord;
use crate::source::FetchError;

pub(in crate::source) use encoding::{encoded, fill_keys, keys_in};
pub(in crate::source) use part::{Part, push_text, push_value};

/// A parsed address template.
///
/// Placeholders: `{z}` level, `{zz}` level in two digits, `{id}` or `{TileMatrix}` level by its name, `{x}` or `{TileCol}`
/// column, `{y}` or `{TileRow}` row in the grid's own direction, `{-y}` row counted from the other side of a square grid,
/// `{q}` all three as a quadkey, `{s}` one of the subdomains, `{key:NAME}` a secret that the operator has set, and
/// the names of the entry's `params`.
///
/// # Guarantees
/// The address begins with `http://` or `https://` and a host that no placeholder but `{s}` can change, so
/// whatever tile or key is filled in, the request goes to the operator's host.
#[derive(Debug, Clone, PartialEq)]
pub struct AddressTemplate {
    text: String,
    parts: Vec<Part>,
    subdomains: Vec<String>,
    level_names: LevelNames,
}

/// How the levels of a grid are called.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::source) struct LevelNames {
    /// The level of the first name.
    pub first: u8,
    /// None at all where levels are called by their numbers.
    pub names: Vec<String>,
}

/// What a template is filled with beside the tile.
#[derive(Debug, Clone, Default)]
pub(in crate::source) struct Filling<'a> {
    pub subdomains: &'a [String],
    pub params: BTreeMap<String, String>,
    pub level_names: LevelNames,
}

impl AddressTemplate {
    /// Parses a template of a tile's address.
    ///
    /// # Errors
    /// What the template must be, as a half sentence for the catalogue's error.
    pub fn parse(text: &str, subdomains: &[String]) -> Result<Self, &'static str> {
        Self::filled(text, Filling { subdomains, ..Filling::default() })
    }

    pub(in crate::source) fn filled(text: &str, filling: Filling<'_>) -> Result<Self, &'static str> {
        let template = Self::base(text, filling)?;
        let has = |wanted: fn(&Part) -> bool| template.parts.iter().any(wanted);
        let level = has(|p| matches!(p, Part::Level { .. } | Part::LevelName));
        let column = has(|p| *p == Part::Column);
        let row = has(|p| matches!(p, Part::Row | Part::FlippedRow));
        if (level && column && row) || has(|p| *p == Part::Quadkey) {
            Ok(template)
        } else {
            Err("must have {z}, {x} and {y}, or {q}")
        }
    }

    /// Parses an address that need not name a tile.
    pub(in crate::source) fn base(text: &str, filling: Filling<'_>) -> Result<Self, &'static str> {
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
        let Filling { subdomains, params, level_names } = filling;
        if subdomains
            .iter()
            .any(|s| s.is_empty() || !s.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
        {
            return Err("has {s}, whose subdomains must be letters, digits and - only");
        }
        let parts = part::parse(text, &params)?;
        if parts.contains(&Part::Subdomain) && subdomains.is_empty() {
            return Err("has {s} but no subdomains are given");
        }
        Ok(Self { text: text.to_owned(), parts, subdomains: subdomains.to_vec(), level_names })
    }

    /// The template as it was given. It names keys but holds none.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The template with the placeholders alone that stand for a tile, a subdomain or a secret.
    pub(in crate::source) fn plain(&self) -> String {
        let mut text = String::with_capacity(self.text.len());
        for part in &self.parts {
            let placeholder = match part {
                Part::Text(text) => text,
                Part::Level { two_digits: true } => "{zz}",
                Part::Level { two_digits: false } => "{z}",
                Part::LevelName if self.level_names.names.is_empty() => "{z}",
                Part::LevelName => "{id}",
                Part::Column => "{x}",
                Part::Row => "{y}",
                Part::FlippedRow => "{-y}",
                Part::Quadkey => "{q}",
                Part::Subdomain => "{s}",
                Part::Key(name) => {
                    text.push_str("{key:");
                    text.push_str(name);
                    "}"
                }
            };
            text.push_str(placeholder);
        }
        text
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

    /// Whether rows are counted from the other side of a grid of 2^z rows.
    pub(in crate::source) fn is_square(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::FlippedRow | Part::Quadkey))
    }

    /// Parts that come after all others.
    pub(in crate::source) fn append(&mut self, parts: Vec<Part>) {
        self.parts.extend(parts);
    }

    /// The address of a tile. `key` looks up a secret by its name.
    ///
    /// # Errors
    /// [`FetchError::MissingKey`] when a secret is not set, [`FetchError::NoAddress`] when the tile cannot be named.
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
                Part::Text(text) => address.write_str(text),
                Part::Level { two_digits: true } => write!(address, "{:02}", tile.z),
                Part::Level { two_digits: false } => write!(address, "{}", tile.z),
                Part::LevelName => match self.level_name(tile.z)? {
                    Some(name) => address.write_str(&encoded(name)),
                    None => write!(address, "{}", tile.z),
                },
                Part::Column => write!(address, "{}", tile.x),
                Part::Row => write!(address, "{}", tile.y),
                Part::FlippedRow => write!(address, "{}", rows(tile.z)? - 1 - i64::from(tile.y)),
                Part::Quadkey => address.write_str(&quadkey(tile)?),
                Part::Subdomain => {
                    // Always the same host for the same tile: caches on the way stay useful.
                    let turn =
                        (i64::from(tile.x) + i64::from(tile.y)).rem_euclid(self.subdomains.len() as i64);
                    address.write_str(&self.subdomains[turn as usize])
                }
                Part::Key(name) => {
                    let secret = key(name).ok_or_else(|| FetchError::MissingKey(name.clone()))?;
                    address.write_str(&encoded(&secret))
                }
            };
        }
        Ok(address)
    }

    /// The name of a level; `None` where it is its number.
    fn level_name(&self, level: u8) -> Result<Option<&str>, FetchError> {
        let LevelNames { first, names } = &self.level_names;
        if names.is_empty() {
            return Ok(None);
        }
        let index = level.checked_sub(*first).ok_or(FetchError::NoAddress)?;
        names.get(usize::from(index)).map(|name| Some(name.as_str())).ok_or(FetchError::NoAddress)
    }
}

/// Rows of a square grid.
fn rows(level: u8) -> Result<i64, FetchError> {
    // Rows are i32: there are no more than 2^31.
    if level < 32 { Ok(1 << level) } else { Err(FetchError::NoAddress) }
}

/// A tile of Web Mercator as Bing Maps names it: a digit of base 4 for each level.
fn quadkey(tile: TileCoord) -> Result<String, FetchError> {
    let inside =
        |n: i32| (0..rows(tile.z)?).contains(&i64::from(n)).then_some(n).ok_or(FetchError::NoAddress);
    let (x, y) = (inside(tile.x)?, inside(tile.y)?);
    let digit = |bit: u8| char::from(b'0' + ((x >> bit) & 1) as u8 + 2 * ((y >> bit) & 1) as u8);
    Ok((0..tile.z).rev().map(digit).collect())
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
        let t = AddressTemplate::parse("http://h.test/L{zz}/{x}/{y}", &[]).unwrap();
        assert_eq!(t.address(tile(7, 1, 2), &no_keys).unwrap(), "http://h.test/L07/1/2");
    }

    #[test]
    fn rows_can_be_counted_from_the_other_side() {
        let t = AddressTemplate::parse("http://h.test/{z}/{x}/{-y}", &[]).unwrap();
        assert_eq!(t.address(tile(3, 4, 0), &no_keys).unwrap(), "http://h.test/3/4/7");
        assert_eq!(t.address(tile(40, 4, 0), &no_keys), Err(FetchError::NoAddress));
    }

    /// The example of "Bing Maps Tile System" (Microsoft): tile (3, 5) of level 3 is 213.
    #[test]
    fn quadkeys_are_those_of_bing_maps() {
        let t = AddressTemplate::parse("http://h.test/a{q}.jpeg?g=1", &[]).unwrap();
        assert_eq!(t.address(tile(3, 3, 5), &no_keys).unwrap(), "http://h.test/a213.jpeg?g=1");
        assert_eq!(t.address(tile(0, 0, 0), &no_keys).unwrap(), "http://h.test/a.jpeg?g=1");
        for outside in [tile(3, 8, 0), tile(3, -1, 0), tile(3, 0, 8), tile(200, 0, 0)] {
            assert_eq!(t.address(outside, &no_keys), Err(FetchError::NoAddress));
        }
    }

    #[test]
    fn keys_come_from_the_operator_and_stay_out_of_the_template() {
        let t = AddressTemplate::parse("http://h.test/{key:MY_KEY}/{z}/{y}/{x}", &[]).unwrap();
        assert!(t.needs_key());
        assert_eq!(t.address(tile(1, 0, 1), &no_keys), Err(FetchError::MissingKey("MY_KEY".to_owned())));
        let key = |name: &str| (name == "MY_KEY").then(|| "s3/cret".to_owned());
        assert_eq!(t.address(tile(1, 0, 1), &key).unwrap(), "http://h.test/s3%2Fcret/1/1/0");
        assert!(!format!("{t:?}").contains("s3"));
    }

    #[test]
    fn params_and_level_names_are_filled_in() {
        let params = BTreeMap::from([("Time".to_owned(), "2024-01 {key:T}".to_owned())]);
        let level_names = LevelNames { first: 2, names: vec!["EPSG:4326:2".to_owned(), "L 3".to_owned()] };
        let text = "http://h.test/{time}/{TileMatrix}/{tilerow}/{TILECOL}";
        let filling = Filling { subdomains: &[], params, level_names };
        let t = AddressTemplate::filled(text, filling).unwrap();
        let key = |_: &str| Some("k".to_owned());
        assert_eq!(t.address(tile(2, 5, 6), &key).unwrap(), "http://h.test/2024-01%20k/EPSG:4326:2/6/5");
        assert_eq!(t.address(tile(3, 5, 6), &key).unwrap(), "http://h.test/2024-01%20k/L%203/6/5");
        for unknown in [1, 4] {
            assert_eq!(t.address(tile(unknown, 5, 6), &key), Err(FetchError::NoAddress));
        }
    }

    #[test]
    fn bad_templates_are_refused() {
        for bad in [
            "ftp://h.test/{z}/{x}/{y}",
            "/relative/{z}/{x}/{y}",
            "https:///{z}/{x}/{y}",
            "https://user:pass@h.test/{z}/{x}/{y}",
            "https://{x}.h.test/{z}/{x}/{y}",
            "https://{q}.h.test/{q}",
            "https://{key:K}/{z}/{x}/{y}",
            "https://h.test/{z}/{x}",
            "https://h.test/{z}/{y}",
            "https://h.test/{z}/{x}/{y",
            "https://h.test/{z}/{x}/{y}/{what}",
            "https://h.test/{z}/{x}/{y}?k={key:lower}",
            "https://{s}.h.test/{z}/{x}/{y}",
            "https://h.test/ {z}/{x}/{y}",
        ] {
            assert!(AddressTemplate::parse(bad, &[]).is_err(), "{bad} was accepted");
        }
        assert!(AddressTemplate::parse("https://{s}.h/{z}/{x}/{y}", &["a/b".to_owned()]).is_err());
    }
}
