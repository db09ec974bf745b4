//! Reading and comparing several bytes of the data at a time.

/// Eight bytes from `at`, the first lowest; zeros beyond the end.
#[inline]
pub fn word(data: &[u8], at: usize) -> u64 {
    match data.get(at..).and_then(|rest| rest.first_chunk()) {
        Some(bytes) => u64::from_le_bytes(*bytes),
        None => last_word(data, at),
    }
}

#[cold]
fn last_word(data: &[u8], at: usize) -> u64 {
    let rest = data.get(at..).unwrap_or_default();
    rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
}

/// Bytes that stood before.
#[derive(Debug, Clone, Copy)]
pub struct Match {
    /// How many.
    pub length: usize,
    /// How far before, 1 to 32,768.
    pub distance: usize,
}

/// How many bytes from `at` on, `end` excluded, equal those `distance` before.
#[inline]
pub fn match_length(data: &[u8], at: usize, distance: usize, end: usize) -> usize {
    // Most matches are short, so the first eight bytes have a way of their own.
    let differ = word(data, at) ^ word(data, at.wrapping_sub(distance));
    if differ != 0 {
        return (differ.trailing_zeros() as usize / 8).min(end - at);
    }
    8.min(end - at) + equal_bytes(data, at + 8, distance, end)
}

fn equal_bytes(data: &[u8], at: usize, distance: usize, end: usize) -> usize {
    let (Some(new), Some(old)) = (data.get(at..end), data.get(at.wrapping_sub(distance)..end)) else {
        return 0;
    };
    let mut length = 0;
    let (new_words, _) = new.as_chunks::<8>();
    let (old_words, _) = old.as_chunks::<8>();
    for (a, b) in new_words.iter().zip(old_words) {
        let differ = u64::from_le_bytes(*a) ^ u64::from_le_bytes(*b);
        if differ != 0 {
            return length + differ.trailing_zeros() as usize / 8;
        }
        length += 8;
    }
    let rest = new.iter().zip(old).skip(length);
    length + rest.take_while(|(a, b)| a == b).count()
}

/// Positions by what stands there: one each, the latest. Positions are kept modulo 65,536, which is enough to tell
/// distances up to 32,768; what is older than that gives a wrong distance, where the comparison fails.
#[derive(Debug)]
pub struct LatestPositions {
    slots: Box<[u16; SLOTS]>,
}

const SLOT_BITS: u32 = 15;
const SLOTS: usize = 1 << SLOT_BITS;

impl LatestPositions {
    /// No positions yet.
    pub fn new() -> Self {
        Self { slots: Box::new([0; SLOTS]) }
    }

    /// Puts `position` in the place of the latest one with such a `key`, and returns the distance to that, 0 to 65,535.
    #[inline]
    pub fn replace(&mut self, key: u64, position: usize) -> usize {
        let slot = &mut self.slots[slot(key)];
        usize::from((position as u16).wrapping_sub(std::mem::replace(slot, position as u16)))
    }

    /// Puts `position` in the place of the latest one with such a `key`.
    #[inline]
    pub fn put(&mut self, key: u64, position: usize) {
        self.slots[slot(key)] = position as u16;
    }
}

/// Multiplicative hashing: the upper bits of the product depend on all bits of the key.
#[inline]
const fn slot(key: u64) -> usize {
    (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - SLOT_BITS)) as usize % SLOTS
}
