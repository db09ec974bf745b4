//! The id of a source: what a caller may name, and the name of its lane.

use serde::{Deserialize, Serialize};

use crate::source::CatalogueError;

/// A source's id.
///
/// # Guarantees
/// 1 to 40 characters of `a-z`, `0-9` and `-`, beginning with a letter or digit: safe in paths and names.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SourceId(String);

impl SourceId {
    /// The longest id.
    pub const MAX_CHARS: usize = 40;

    /// Checks an id.
    ///
    /// # Errors
    /// [`CatalogueError::Id`] when it is empty, too long or has other characters.
    pub fn new(id: &str) -> Result<Self, CatalogueError> {
        let fits = !id.is_empty()
            && id.len() <= Self::MAX_CHARS
            && !id.starts_with('-')
            && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if fits {
            Ok(Self(id.to_owned()))
        } else {
            Err(CatalogueError::Id { id: id.chars().take(Self::MAX_CHARS * 2).collect() })
        }
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for SourceId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for SourceId {
    type Error = CatalogueError;

    fn try_from(id: String) -> Result<Self, Self::Error> {
        Self::new(&id)
    }
}

impl From<SourceId> for String {
    fn from(id: SourceId) -> Self {
        id.0
    }
}
