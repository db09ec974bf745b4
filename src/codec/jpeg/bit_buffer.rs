//! Entropy-coded bits on their way to bytes.

/// Bits in order, the first one the highest of the first word.
///
/// # Guarantees
/// `used` is below 64; the low `used` bits of `last` follow those of `words`. The bits of `last` above them are rubbish.
#[derive(Default)]
pub(super) struct BitBuffer {
    words: Vec<u64>,
    last: u64,
    used: u32,
}

/// A place in a buffer to come back to.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    words: usize,
    last: u64,
    used: u32,
}

impl BitBuffer {
    /// Room for so many bytes.
    pub fn with_capacity(bytes: usize) -> Self {
        Self { words: Vec::with_capacity(bytes / 8 + 1), last: 0, used: 0 }
    }

    /// Number of bits.
    pub const fn bits(&self) -> usize {
        self.words.len() * 64 + self.used as usize
    }

    /// Adds the low `count` bits of `bits`, whose others are zero. `count` is below 64.
    #[inline(always)]
    pub fn put(&mut self, bits: u64, count: u32) {
        debug_assert!(count < 64 && bits >> count == 0);
        let free = 64 - self.used;
        if count < free {
            self.last = self.last << count | bits;
            self.used += count;
        } else {
            let over = count - free;
            self.words.push(self.last << (free & 63) | bits >> over);
            self.last = bits;
            self.used = over;
        }
    }

    /// Adds bits `from..to` of a run of words.
    pub fn put_run(&mut self, words: &[u64], from: u32, to: u32) {
        let count = to.saturating_sub(from);
        let shift = from % 64;
        let mut words = words.get(from as usize / 64..).unwrap_or_default().iter().copied();
        let mut current = words.next().unwrap_or(0);
        for _ in 0..count / 64 {
            let next = words.next().unwrap_or(0);
            self.put_word(current << shift | next >> 1 >> (63 - shift));
            current = next;
        }
        let rest = count % 64;
        if rest > 0 {
            let next = words.next().unwrap_or(0);
            let word = current << shift | next >> 1 >> (63 - shift);
            self.put(word >> (64 - rest), rest);
        }
    }

    #[inline(always)]
    fn put_word(&mut self, word: u64) {
        if self.used == 0 {
            self.words.push(word);
        } else {
            self.words.push(self.last << (64 - self.used) | word >> self.used);
            self.last = word;
        }
    }

    /// The place behind the last bit.
    pub const fn mark(&self) -> Mark {
        Mark { words: self.words.len(), last: self.last, used: self.used }
    }

    /// Takes back everything behind a mark.
    pub fn rewind(&mut self, mark: Mark) {
        self.words.truncate(mark.words);
        self.last = mark.last;
        self.used = mark.used;
    }

    /// All bits as words; the last word is filled up with zeros.
    pub fn into_words(mut self) -> Vec<u64> {
        if self.used > 0 {
            self.words.push(self.last << (64 - self.used));
        }
        self.words
    }

    /// Moves the bits to `out` as the entropy-coded segment of a restart interval: filled up with ones to a whole byte,
    /// a zero behind every 0xFF (T.81, F.1.2.3). The buffer is empty then.
    pub fn drain_interval(&mut self, out: &mut Vec<u8>) {
        let pad = (8 - self.used % 8) % 8;
        self.put((1 << pad) - 1, pad);
        out.reserve(self.words.len() * 8 + self.words.len() / 4 + 16);
        for word in &self.words {
            let bytes = word.to_be_bytes();
            if holds_ff(*word) {
                stuff(&bytes, out);
            } else {
                out.extend_from_slice(&bytes);
            }
        }
        if self.used > 0 {
            let bytes = (self.last << (64 - self.used)).to_be_bytes();
            stuff(bytes.get(..self.used as usize / 8).unwrap_or_default(), out);
        }
        self.words.clear();
        self.used = 0;
    }
}

fn stuff(bytes: &[u8], out: &mut Vec<u8>) {
    for byte in bytes {
        out.push(*byte);
        if *byte == 0xff {
            out.push(0);
        }
    }
}

/// Whether one of the eight bytes is 0xFF.
pub(super) const fn holds_ff(word: u64) -> bool {
    const LOW: u64 = 0x0101_0101_0101_0101;
    let inverse = !word;
    inverse.wrapping_sub(LOW) & word & (LOW << 7) != 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(words: &[u64], bits: usize) -> String {
        words.iter().map(|w| format!("{w:064b}")).collect::<String>()[..bits].to_owned()
    }

    proptest! {
        #[test]
        fn runs_are_copied_bit_for_bit(
            parts in prop::collection::vec((any::<u64>(), 0u32..64), 0..40),
            lead in 0u32..64,
            cut in any::<[prop::sample::Index; 2]>(),
        ) {
            let mut buffer = BitBuffer::default();
            for (bits, count) in &parts {
                buffer.put(bits & ((1 << count) - 1), *count);
            }
            let bits = buffer.bits();
            let words = buffer.into_words();
            let all = text(&words, bits);
            let mut cut = cut.map(|c| c.index(bits + 1));
            cut.sort_unstable();
            let mut copy = BitBuffer::default();
            copy.put((1 << lead) - 1, lead);
            let mark = copy.mark();
            copy.put_run(&words, 0, bits as u32);
            copy.rewind(mark);
            copy.put_run(&words, cut[0] as u32, cut[1] as u32);
            let length = copy.bits();
            let expected = "1".repeat(lead as usize) + &all[cut[0]..cut[1]];
            prop_assert_eq!(text(&copy.into_words(), length), expected);
        }

        #[test]
        fn bytes_are_stuffed(bytes in prop::collection::vec(prop_oneof![Just(0xffu8), Just(0), any::<u8>()], 0..40)) {
            let mut buffer = BitBuffer::default();
            for byte in &bytes {
                buffer.put(u64::from(*byte), 8);
            }
            let mut out = Vec::new();
            buffer.drain_interval(&mut out);
            let expected: Vec<u8> =
                bytes.iter().flat_map(|b| if *b == 0xff { vec![0xff, 0] } else { vec![*b] }).collect();
            prop_assert_eq!(out, expected);
            prop_assert_eq!(buffer.bits(), 0);
        }
    }

    #[test]
    fn a_last_byte_is_filled_with_ones() {
        let mut buffer = BitBuffer::default();
        buffer.put(0b101, 3);
        let mut out = Vec::new();
        buffer.drain_interval(&mut out);
        assert_eq!(out, [0b1011_1111]);
    }
}
