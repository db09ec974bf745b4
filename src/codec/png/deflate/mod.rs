//! Deflate for strips of map pixels (RFC 1951).
//!
//! Made for what stands in PNG rows: differences of photographs, where few matches are worth their bits and the time is in
//! literals; and flat maps, where nearly all is the pixel to the left or above.

mod alphabet;
mod bits;
mod block;
mod code_lengths;
mod code_table;
mod deflater;
mod difference_matcher;
mod lookup;
mod matcher;
mod path_matcher;
mod pixel_matcher;
mod prices;
mod sequences;

pub use bits::LEAD;
pub use deflater::{Deflater, MAX_ROW_BYTES};
pub use matcher::{Content, Matcher};
