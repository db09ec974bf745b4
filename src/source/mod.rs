//! Tile sources as data: the catalogue, address templates, and how a source wants to be asked.
//!
//! A caller can only name the id of a source; addresses come from the operator's catalogue alone, and keys are
//! named in templates (`{key:NAME}`) and filled in where the request is made.

mod answer;
mod asking;
mod catalogue;
mod checks;
mod colours;
mod describe;
mod entry;
mod error;
mod fetch_error;
mod fields;
mod grid_entry;
mod id;
mod layer;
mod missing;
mod polite;
mod public;
mod region;
#[allow(clippy::module_inception, reason = "the noun of this file is that of the module")]
mod source;
mod template;
mod tile_request;
mod wms;
mod wmts;
mod xml;

pub use answer::{Answer, AnswerBytes, AnswerRules, Content, Exception, Marks, MarksEntry, Report};
pub use catalogue::Catalogue;
pub use colours::Colours;
pub use describe::{Finding, MAX_CAPABILITIES_BYTES, SourceCheck, Verdict};
pub use entry::Entry;
pub use error::CatalogueError;
pub use fetch_error::FetchError;
pub use id::SourceId;
pub use layer::Layer;
pub use missing::{MissingTile, OnMissing, Shown};
pub use polite::{Allowance, CircuitBreaker, Next, Permits, RetryPolicy, TokenBucket, retry_after_ms};
pub use source::{Kind, Limits as SourceLimits, Protocol, Source};
pub use template::AddressTemplate;
pub use tile_request::{MapBox, TileRequest};
pub use wms::{AxisPolicy, Wms, WmsVersion};
