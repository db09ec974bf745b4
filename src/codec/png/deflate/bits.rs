//! Writing bits, the lowest first (RFC 1951, section 3.1.1).

/// A growing run of bytes, written bit by bit.
#[derive(Debug, Default)]
pub struct BitWriter {
    bytes: Vec<u8>,
    /// Bits not yet in `bytes`, the oldest lowest; fewer than eight between two calls.
    held: u64,
    held_bits: u32,
}

/// Most bits that one call of [`BitWriter::put`] takes.
pub const PUT_BITS: u32 = 56;

impl BitWriter {
    /// Appends the lowest `count` bits of `bits`, whose other bits are zero. At most [`PUT_BITS`].
    #[inline]
    pub fn put(&mut self, bits: u64, count: u32) {
        debug_assert!(count <= PUT_BITS && bits >> count == 0);
        self.held |= bits << self.held_bits;
        self.held_bits += count;
        // All eight bytes are stored, and those that are not full yet taken back: cheaper than a loop.
        let whole = (self.held_bits / 8) as usize;
        self.bytes.extend_from_slice(&self.held.to_le_bytes());
        self.bytes.truncate(self.bytes.len() - 8 + whole);
        self.held >>= whole * 8;
        self.held_bits %= 8;
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
        self.bytes.extend_from_slice(bytes);
    }

    /// Makes room for so many bits.
    pub fn reserve(&mut self, bits: u64) {
        self.bytes.reserve_exact((bits / 8) as usize + 16);
    }

    /// The whole bytes so far.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Forgets the whole bytes so far; begun ones stay.
    pub fn clear_bytes(&mut self) {
        self.bytes.clear();
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
        assert_eq!(writer.bytes(), [0b1111_1101, 255, 255, 255, 255, 255, 255, 0b0000_0111]);
        writer.put(0b101, 3);
        writer.put_bytes(b"ab");
        assert_eq!(&writer.bytes()[8..], [0b101, b'a', b'b']);
        writer.align();
        assert_eq!(writer.bytes().len(), 11);
    }
}
