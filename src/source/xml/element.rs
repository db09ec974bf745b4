//! A start tag: its name and attributes.

use std::borrow::Cow;

use crate::source::xml::scanner::local;
use crate::source::xml::text::resolved;

/// A start tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element<'a> {
    name: &'a str,
    attributes: &'a str,
}

impl<'a> Element<'a> {
    pub(super) const fn new(name: &'a str, attributes: &'a str) -> Self {
        Self { name, attributes }
    }

    /// Its name without prefix.
    #[must_use]
    pub const fn name(&self) -> &'a str {
        self.name
    }

    /// The value of an attribute by its name without prefix: `href` is `xlink:href`, too.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<Cow<'a, str>> {
        let mut rest = self.attributes;
        loop {
            let (key, after) = rest.split_once('=')?;
            let after = after.trim_start();
            let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
            let (value, behind) = after[1..].split_once(quote)?;
            if local(key.trim()) == name {
                return Some(resolved(value));
            }
            rest = behind;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_found_by_name() {
        let e = Element::new("a", " x = 'one \"1\"' xlink:href=\"http://h/?a=1&amp;b=2\"\n y='' broken");
        assert_eq!(e.attribute("x").unwrap(), "one \"1\"");
        assert_eq!(e.attribute("href").unwrap(), "http://h/?a=1&b=2");
        assert_eq!(e.attribute("y").unwrap(), "");
        assert_eq!(e.attribute("broken"), None);
        assert_eq!(Element::new("a", "x=1 y='2'").attribute("y"), None);
    }
}
