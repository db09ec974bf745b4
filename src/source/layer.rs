//! A source as one layer of an image.

use serde::{Deserialize, Serialize};

use crate::source::Source;

/// One layer of an image: a source and how strongly it covers what is below.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Layer {
    /// Where the tiles come from.
    pub source: Source,
    /// 0 (invisible) to 1 (as the source draws it).
    pub opacity: f32,
    /// Whether its colours darken what is below, as if both were printed on one sheet, instead of covering it.
    #[serde(default)]
    pub multiplies: bool,
}

impl Layer {
    /// Whether the layer hides everything below it.
    #[must_use]
    pub fn is_opaque(&self) -> bool {
        self.opacity >= 1.0 && !self.multiplies && !self.source.is_transparent()
    }
}
