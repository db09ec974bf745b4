//! The entropy-coded bits of a tile's scan, one restart interval at a time.

use crate::codec::CarryError;
use crate::codec::jpeg::bit_buffer::holds_ff;

/// Where a reader is: the next bits, the first one highest.
///
/// # Guarantees
/// `count` is below 64, and at least 56 after [`Bits::refill`]; the bits that follow are at byte `at` of the interval.
/// Behind its end there are zeros without end.
#[derive(Clone, Copy, Default)]
pub(super) struct Bits {
    pub next: u64,
    count: u32,
    at: usize,
}

impl Bits {
    /// Takes up at least 56 bits of an interval as [`ScanReader::data`] has it.
    #[inline(always)]
    pub fn refill(&mut self, data: &[u8]) {
        let from = data.len().saturating_sub(PADDING).wrapping_sub(self.at);
        let word = match data.get(from..).and_then(|rest| rest.first_chunk::<8>()) {
            Some(bytes) => u64::from_le_bytes(*bytes),
            None => 0,
        };
        // Bits that are there already are written over with themselves.
        self.next |= word >> (self.count & 63);
        self.at += (63 - self.count) as usize >> 3;
        self.count |= 56;
    }

    /// Drops bits; no more than were taken up.
    #[inline(always)]
    pub const fn consume(&mut self, bits: u32) {
        self.next <<= bits & 63;
        self.count = self.count.wrapping_sub(bits) & 63;
    }

    /// The next `count` bits (below 64), `skip` (below 64) bits further on.
    #[inline(always)]
    pub const fn peek(self, skip: u32, count: u32) -> u64 {
        self.next << (skip & 63) >> 1 >> ((63 - count) & 63)
    }

    /// Bits read since the start.
    const fn position(self) -> usize {
        self.at * 8 - self.count as usize
    }
}

/// Zeros behind an interval: what is taken up at once.
const PADDING: usize = 8;

/// A tile's bytes behind its scan header.
pub(super) struct ScanReader<'t> {
    rest: &'t [u8],
    /// The current restart interval without stuffed zeros, the other way round: [`PADDING`], then its bytes from the last
    /// to the first. So a word that is loaded has its first bit highest, without instructions for turning it, which
    /// WebAssembly does not have.
    pub data: Vec<u8>,
    pub bits: Bits,
}

impl<'t> ScanReader<'t> {
    /// A reader that takes over a used buffer.
    pub const fn new(rest: &'t [u8], buffer: Vec<u8>) -> Self {
        Self { rest, data: buffer, bits: Bits { next: 0, count: 0, at: 0 } }
    }

    /// Goes to the next restart interval; the marker that ends it.
    ///
    /// # Errors
    /// [`CarryError::Damaged`] when the data ends before a marker.
    pub fn next_interval(&mut self) -> Result<u8, CarryError> {
        const CUT_OFF: CarryError = CarryError::Damaged("its data is cut off");
        self.data.clear();
        self.bits = Bits::default();
        loop {
            let plain = plain_bytes(self.rest);
            let (plain, rest) = self.rest.split_at_checked(plain).ok_or(CUT_OFF)?;
            self.data.extend_from_slice(plain);
            match rest {
                [0xff, 0x00, rest @ ..] => {
                    self.data.push(0xff);
                    self.rest = rest;
                }
                // Any number of fill bytes may stand before a marker.
                [0xff, 0xff, ..] => self.rest = rest.get(1..).unwrap_or_default(),
                [0xff, marker, rest @ ..] => {
                    self.rest = rest;
                    self.data.extend_from_slice(&[0; PADDING]);
                    self.data.reverse();
                    return Ok(*marker);
                }
                _ => return Err(CUT_OFF),
            }
        }
    }

    /// Whether the interval was read to its end: less than a byte is left of it.
    ///
    /// # Errors
    /// [`CarryError::Damaged`].
    pub fn check_end(&self) -> Result<(), CarryError> {
        if self.bits_left()? > 7 { Err(CarryError::Damaged("its data is too long")) } else { Ok(()) }
    }

    /// Bits of the interval that were not read yet.
    ///
    /// # Errors
    /// [`CarryError::Damaged`] when more were read than there are.
    pub fn bits_left(&self) -> Result<usize, CarryError> {
        let left = (self.data.len().saturating_sub(PADDING) * 8).checked_sub(self.bits.position());
        left.ok_or(CarryError::Damaged("its data is too short"))
    }
}

/// Number of bytes before the first 0xFF.
fn plain_bytes(bytes: &[u8]) -> usize {
    let (words, _) = bytes.as_chunks::<8>();
    let whole = words.iter().take_while(|word| !holds_ff(u64::from_ne_bytes(**word))).count() * 8;
    let tail = bytes.get(whole..).unwrap_or_default();
    whole + tail.iter().take_while(|byte| **byte != 0xff).count()
}
