//! Reading and comparing several bytes of the data at a time.

/// Bytes of a [`Window`] that can be used: a power of two, above 32 KiB, a block and a row of 32,768 px of RGBA.
pub const WINDOW_BYTES: usize = 256 * 1024;

/// The data, its size known to the compiler: a position taken modulo [`WINDOW_BYTES`] needs no check, and eight bytes can be
/// read from any.
pub type Window = [u8; WINDOW_BYTES + 8];

/// Eight bytes from `at`, the first lowest.
#[inline(always)]
pub fn word(data: &Window, at: usize) -> u64 {
    let from = data.get(at % WINDOW_BYTES..).and_then(|rest| rest.first_chunk());
    from.map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

/// The first `count` bytes of a word, above zeros.
#[inline(always)]
pub const fn first_bytes(word: u64, count: usize) -> u64 {
    word << (64 - 8 * count)
}

/// How many bytes are equal at the start of two words that differ by this much.
#[inline(always)]
pub const fn equal_start(differ: u64) -> usize {
    differ.trailing_zeros() as usize / 8
}

/// How many bytes from `at` on, `end` excluded, equal those `distance` before, when the first `known` do.
#[inline(always)]
pub fn equal_bytes(data: &Window, at: usize, distance: usize, known: usize, end: usize) -> usize {
    // Most matches are short: up to eight more bytes need no branch.
    let mut to = at + known;
    let mut differ = word(data, to) ^ word(data, to.wrapping_sub(distance));
    while differ == 0 && to < end {
        to += 8;
        differ = word(data, to) ^ word(data, to.wrapping_sub(distance));
    }
    (to + equal_start(differ)).min(end) - at
}

/// How many bytes from `at` on, `end` excluded, equal those `distance` before.
#[inline]
pub fn match_length(data: &Window, at: usize, distance: usize, end: usize) -> usize {
    equal_bytes(data, at, distance, 0, end)
}

/// Bytes that stood before.
#[derive(Debug, Clone, Copy)]
pub struct Match {
    /// How many.
    pub length: usize,
    /// How far before, 1 to 32,768.
    pub distance: usize,
}

/// Positions by what stands there: the latest. Positions are kept modulo 65,536, which is enough to tell
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

    /// Puts `position` in the place of the oldest of the latest `N` (a power of two) with such a `key`, and returns the distances to
    /// those modulo 32,768, from 1, the nearest first: what is older seems near, which the comparison tells as well, without a
    /// condition that nobody can foresee.
    #[inline(always)]
    pub fn replace<const N: usize>(&mut self, key: u64, position: usize) -> [usize; N] {
        let old = self.put::<N>(key, position);
        old.map(|old| (position.wrapping_sub(usize::from(old)).wrapping_sub(1) & 32_767) + 1)
    }

    /// The same of one, modulo 65,536, from 0: what is older than 32,768 is told mostly.
    #[inline(always)]
    pub fn replace_wide(&mut self, key: u64, position: usize) -> usize {
        let [old] = self.put(key, position);
        usize::from((position as u16).wrapping_sub(old))
    }

    /// Puts `position` in the place of the oldest of the latest `N` with such a `key`, and returns those.
    #[inline(always)]
    pub fn put<const N: usize>(&mut self, key: u64, position: usize) -> [u16; N] {
        let first = slot(key) & !(N - 1);
        let mut newer = position as u16;
        std::array::from_fn(|at| {
            // Within its slots in fact; so the compiler knows it, too.
            let slot = &mut self.slots[(first + at) % SLOTS];
            newer = std::mem::replace(slot, newer);
            newer
        })
    }
}

/// Multiplicative hashing: the upper bits of the product depend on all bits of the key.
#[inline(always)]
const fn slot(key: u64) -> usize {
    (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - SLOT_BITS)) as usize % SLOTS
}
