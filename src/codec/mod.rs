//! Image formats: decoding the tiles that sources send, and encoding strips so that
//! header + fragments in order + trailer is a valid file.

pub mod decode;
mod encoding;
mod error;
pub mod jpeg;
pub mod output;
pub mod png;

pub use decode::decode_tile;
pub use encoding::{Encoding, FragmentEncoder, Seal};
pub use error::{CarryError, DecodeError, EncodeError};
pub use output::{Effort, Format, Output, Subsampling};
