//! The two ports through which a strip is rendered.

use std::rc::Rc;

use thiserror::Error;

use crate::fault::{Explain, Fault, FaultClass};
use crate::geo::Crs;
use crate::raster::natural_earth::NaturalEarth;
use crate::source::{FetchError, Source, TileRequest};

/// Where tiles come from. An implementation retries, keeps to the source's limits and bounds what it reads.
#[allow(async_fn_in_trait, reason = "wasm is single-threaded: no Send bound is wanted")]
pub trait TileFetch {
    /// What a source sent for a tile.
    type Body: TileBody;

    /// What the source sends for a tile or a map: a picture, as far as its first bytes tell; `None` where the source says
    /// that there is nothing.
    async fn fetch(&self, source: &Source, request: &TileRequest) -> Result<Option<Self::Body>, FetchError>;

    /// The embedded map, loaded on first use.
    async fn natural_earth(&self, crs: Crs) -> Result<Rc<NaturalEarth>, FetchError>;
}

/// The bytes that a source sent, wherever the host keeps them: those that wait for their turn need not be in the
/// module's own memory, which is small and never shrinks.
pub trait TileBody: Clone {
    /// How many there are.
    fn length_bytes(&self) -> usize;

    /// The bytes in the module's memory.
    ///
    /// # Errors
    /// [`FetchError::OutOfMemory`] when there is no memory for them.
    fn read(&self) -> Result<Vec<u8>, FetchError>;
}

impl TileBody for Rc<[u8]> {
    fn length_bytes(&self) -> usize {
        self.len()
    }

    fn read(&self) -> Result<Vec<u8>, FetchError> {
        Ok(self.to_vec())
    }
}

/// Where a strip goes. Every call may suspend: a host lets others run there.
#[allow(async_fn_in_trait, reason = "wasm is single-threaded: no Send bound is wanted")]
pub trait StripSink {
    /// One more tile is in its place; `missing` when something else stands there.
    ///
    /// # Errors
    /// [`SinkError::Stopped`] ends the strip: nobody wants it any more.
    async fn tile_done(&mut self, missing: bool) -> Result<(), SinkError>;

    /// Whether the strip is still wanted, as far as is known without waiting. Once it is not, it never is again.
    fn is_wanted(&self) -> bool {
        true
    }

    /// The next bytes of the fragment; may be none, when there was only work to do in between.
    ///
    /// # Errors
    /// [`SinkError`].
    async fn write(&mut self, bytes: &[u8]) -> Result<(), SinkError>;
}

/// Why a sink takes no more.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SinkError {
    /// The capture was cancelled, or another renderer has the strip now.
    #[error("the strip is not wanted any more")]
    Stopped,
    /// The bytes could not be stored.
    #[error("the strip could not be stored")]
    Storage,
}

impl Explain for SinkError {
    fn fault(&self) -> Fault {
        match self {
            Self::Stopped => Fault::new(FaultClass::Conflict, "stopped"),
            Self::Storage => Fault::new(FaultClass::Internal, "storage_failed"),
        }
    }
}
