//! Writing bits, the lowest first (RFC 1951, section 3.1.1).

/// A growing run of bytes, written bit by bit.
#[derive(Debug)]
pub struct BitWriter {
    /// Some bytes for whoever takes them, what is written, then room.
    bytes: Vec<u8>,
    /// Where the room begins.
    at: usize,
    /// Bits not yet written, the oldest lowest; fewer than eight between two calls.
    held: u64,
    held_bits: u32,
}

/// Most bits that one call of [`BitWriter::put`] takes.
pub const PUT_BITS: u32 = 56;

/// Bytes that stand before what is written, for the head of what it becomes part of.
pub const LEAD: usize = 8;

impl Default for BitWriter {
    fn default() -> Self {
        Self { bytes: Vec::new(), at: LEAD, held: 0, held_bits: 0 }
    }
}

impl BitWriter {
    /// Makes room for so many bits and what is held.
    pub fn reserve(&mut self, bits: u64) {
        // Eight bytes are stored at a time.
        let needed = self.at + (bits / 8) as usize + 16;
        if self.bytes.len() < needed {
            self.bytes.reserve_exact(needed - self.bytes.len());
            self.bytes.resize(needed, 0);
        }
    }

    /// Appends the lowest `count` bits of `bits`, whose other bits are zero. At most [`PUT_BITS`].
    #[inline]
    pub fn put(&mut self, bits: u64, count: u32) {
        self.reserve(count.into());
        let mut pen = self.pen();
        pen.put(bits, count);
        let Pen { at, held, held_bits, .. } = pen;
        (self.at, self.held, self.held_bits) = (at, held, held_bits);
    }

    /// Lets `write` write as many bits as room was made for.
    pub fn with_pen(&mut self, write: impl FnOnce(&mut Pen<'_>)) {
        let mut pen = self.pen();
        write(&mut pen);
        let Pen { at, held, held_bits, .. } = pen;
        (self.at, self.held, self.held_bits) = (at, held, held_bits);
    }

    fn pen(&mut self) -> Pen<'_> {
        Pen { room: &mut self.bytes, at: self.at, held: self.held, held_bits: self.held_bits }
    }

    /// Fills the last byte with zero bits.
    pub fn align(&mut self) {
        if self.held_bits > 0 {
            self.put(0, 8 - self.held_bits);
        }
    }

    /// Appends whole bytes, after filling the last one.
    pub fn put_bytes(&mut self, bytes: &[u8]) {
        self.align();
        self.bytes.truncate(self.at.max(LEAD));
        self.bytes.resize(self.at, 0);
        self.bytes.extend_from_slice(bytes);
        self.at = self.bytes.len();
    }

    /// Number of whole bytes so far.
    pub const fn bytes(&self) -> usize {
        self.at - LEAD
    }

    /// Takes the whole bytes so far, after the first [`LEAD`]; begun ones stay.
    pub fn take(&mut self) -> Vec<u8> {
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.resize(self.at, 0);
        self.at = LEAD;
        bytes
    }
}

/// Writes into room that is there.
#[derive(Debug)]
pub struct Pen<'a> {
    room: &'a mut [u8],
    at: usize,
    held: u64,
    held_bits: u32,
}

impl Pen<'_> {
    /// As [`BitWriter::put`].
    #[inline(always)]
    pub fn put(&mut self, bits: u64, count: u32) {
        debug_assert!(count <= PUT_BITS && bits >> count == 0);
        self.held |= bits << (self.held_bits & 63);
        self.held_bits += count;
        // All eight bytes are stored, and those that are not full yet once more later: cheaper than a loop.
        if let Some(place) = self.room.get_mut(self.at..).and_then(|room| room.first_chunk_mut()) {
            *place = self.held.to_le_bytes();
        }
        self.at += (self.held_bits / 8) as usize;
        self.held >>= self.held_bits & 56;
        self.held_bits %= 8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_fill_bytes_from_the_lowest() {
        let mut writer = BitWriter::default();
        writer.put(0b1, 1);
        writer.put(0b10, 2);
        writer.put(0, 0);
        writer.put(0xff_ffff_ffff_ffff, 56);
        writer.put(0, 5);
        assert_eq!(writer.bytes(), 8);
        writer.put(0b101, 3);
        writer.put_bytes(b"ab");
        writer.put(1, 1);
        let bytes = writer.take();
        assert_eq!(
            bytes.get(LEAD..).unwrap(),
            [0b1111_1101, 255, 255, 255, 255, 255, 255, 0b0000_0111, 0b101, b'a', b'b']
        );
        assert_eq!(writer.bytes(), 0);
        writer.align();
        assert_eq!(writer.take().get(LEAD..).unwrap(), [1]);
    }
}
