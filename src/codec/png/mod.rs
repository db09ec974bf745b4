//! PNG as header, independent strip fragments and trailer (PNG third edition; RFC 1950, RFC 1951).
//!
//! All fragments are pieces of one zlib stream. Each ends on a byte boundary (a sync flush), refers to no byte of
//! another fragment and its first row to no row above it, so strips can be encoded anywhere and in any order.
//! The trailer closes the stream with the Adler-32 of the whole, combined from those of the strips.

mod adler;
mod chunk;
mod deflate;
mod effort;
mod filter;
mod filter_choice;
mod fragment;
mod frame;

pub use effort::Effort;
pub use fragment::{FragmentEncoder, StripSeal};
pub use frame::{PngFrame, header, join, trailer};
