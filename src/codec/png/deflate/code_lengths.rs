//! Huffman codes with a longest length (RFC 1951, section 3.2.2).

/// Gives each symbol that occurs a code length of at most `limit` bits, others zero. The lengths form a complete code,
/// except that a single symbol gets one bit. `limit` is at most 15 and 2^`limit` at least the number of symbols.
pub fn code_lengths(counts: &[u32], limit: usize, lengths: &mut [u8]) {
    lengths.fill(0);
    // Count and symbol in one number, for a fast sort: counts stay below 2^23 (a block is shorter), symbols below 2^9.
    let mut leaves: Vec<u32> = counts
        .iter()
        .enumerate()
        .filter(|(_, count)| **count > 0)
        .map(|(symbol, count)| (*count).min((1 << 23) - 1) << 9 | symbol as u32)
        .collect();
    leaves.sort_unstable();
    let mut of_length = lengths_of(&leaves);
    shorten(&mut of_length, limit);
    // The rarest symbols get the longest codes.
    let mut rarest_first = leaves.iter().map(|leaf| (leaf & 511) as usize);
    for (length, many) in of_length.iter().enumerate().rev() {
        for symbol in rarest_first.by_ref().take(*many as usize) {
            if let Some(place) = lengths.get_mut(symbol) {
                *place = length as u8;
            }
        }
    }
}

/// Most bits of a code before it is shortened: more than any block's counts lead to (the Fibonacci numbers reach 2^23
/// at the 34th).
const DEEPEST: usize = 47;

/// How many codes of each length an optimal code for these sorted leaves has (two-queue Huffman construction).
fn lengths_of(leaves: &[u32]) -> [u32; DEEPEST + 1] {
    let mut of_length = [0; DEEPEST + 1];
    if leaves.len() < 2 {
        of_length[1] = leaves.len() as u32;
        return of_length;
    }
    // Nodes: the leaves from the rarest, then the joints in the order they are made, which is by weight, too.
    let joints = leaves.len() - 1;
    let mut weights: Vec<u64> = leaves.iter().map(|leaf| u64::from(leaf >> 9)).collect();
    weights.reserve(joints);
    let mut parents = vec![0u32; leaves.len() + joints];
    let (mut leaf, mut joint) = (0, leaves.len());
    for made in leaves.len()..leaves.len() + joints {
        let mut weight = 0;
        for _ in 0..2 {
            let next_leaf = if leaf < leaves.len() { weights[leaf] } else { u64::MAX };
            let next_joint = weights.get(joint).copied().unwrap_or(u64::MAX);
            let node = if next_leaf <= next_joint { &mut leaf } else { &mut joint };
            weight += weights[*node];
            parents[*node] = made as u32;
            *node += 1;
        }
        weights.push(weight);
    }
    // Depths from the root down; a parent stands behind its children.
    let mut depths = vec![0u8; parents.len()];
    for node in (0..parents.len() - 1).rev() {
        let depth = depths[parents[node] as usize] + 1;
        depths[node] = depth;
        if node < leaves.len() {
            of_length[usize::from(depth).min(DEEPEST)] += 1;
        }
    }
    of_length
}

/// Moves codes longer than `limit` up, then makes room for them by lengthening the cheapest of the others until the
/// code is complete again (Kraft's sum is one).
fn shorten(of_length: &mut [u32; DEEPEST + 1], limit: usize) {
    let too_long: u32 = of_length[limit + 1..].iter().sum();
    if too_long == 0 {
        return;
    }
    of_length[limit + 1..].fill(0);
    of_length[limit] += too_long;
    let mut kraft: u64 = (1..=limit).map(|length| u64::from(of_length[length]) << (limit - length)).sum();
    while kraft > 1 << limit {
        // One code of the longest length moves beside another one that is split: the sum falls by one.
        let Some(split) = (1..limit).rev().find(|length| of_length[*length] > 0) else { return };
        of_length[limit] -= 1;
        of_length[split] -= 1;
        of_length[split + 1] += 2;
        kraft -= 1;
    }
}

/// Bits of the number of bits in what [`codes`] gives.
pub const COUNT_BITS: u32 = 6;
/// The number of bits in what [`codes`] gives. As many as a shift of 64 bits takes, which needs no masking then.
pub const COUNT: u32 = (1 << COUNT_BITS) - 1;

/// Gives each symbol its code, bits reversed as they are written: the number of bits in the lowest [`COUNT_BITS`], the
/// code above.
pub fn codes(lengths: &[u8], codes: &mut [u32]) {
    let mut next = [0u32; 16];
    for length in lengths.iter().filter(|length| **length > 0) {
        next[usize::from(length & 15)] += 1;
    }
    let mut first = 0;
    for slot in &mut next {
        first = (first + std::mem::replace(slot, first)) << 1;
    }
    for (code, length) in codes.iter_mut().zip(lengths) {
        *code = 0;
        if *length > 0 {
            let slot = &mut next[usize::from(length & 15)];
            let reversed = (*slot as u16).reverse_bits() >> (16 - length);
            *code = u32::from(reversed) << COUNT_BITS | u32::from(*length);
            *slot += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lengths(counts: &[u32], limit: usize) -> Vec<u8> {
        let mut lengths = vec![0; counts.len()];
        code_lengths(counts, limit, &mut lengths);
        for (count, length) in counts.iter().zip(&lengths) {
            assert_eq!(*count > 0, *length > 0, "{counts:?}");
            assert!(usize::from(*length) <= limit);
        }
        lengths
    }

    /// Kraft's sum in parts of 2^15: a complete code has all of them.
    fn kraft(lengths: &[u8]) -> u32 {
        lengths.iter().filter(|l| **l > 0).map(|l| 1 << (15 - l)).sum()
    }

    #[test]
    fn few_symbols_have_short_codes() {
        assert_eq!(lengths(&[0, 0, 0], 15), [0, 0, 0]);
        assert_eq!(lengths(&[0, 9, 0], 15), [0, 1, 0]);
        assert_eq!(lengths(&[5, 0, 1], 15), [1, 0, 1]);
        assert_eq!(lengths(&[1, 1, 2, 4], 15), [3, 3, 2, 1]);
    }

    #[test]
    fn extreme_counts_keep_to_the_limit() {
        let mut fibonacci = vec![1u32, 1];
        while fibonacci.len() < 32 {
            fibonacci.push(fibonacci[fibonacci.len() - 1] + fibonacci[fibonacci.len() - 2]);
        }
        let all = vec![1; 286];
        let one_of_many: Vec<u32> = (0..286).map(|s| if s == 77 { 8_000_000 } else { 1 }).collect();
        let powers: Vec<u32> = (0..23).map(|s| 1 << s).collect();
        for (counts, limit) in
            [(&fibonacci, 15), (&fibonacci, 7), (&all, 9), (&one_of_many, 14), (&powers, 5)]
        {
            assert_eq!(kraft(&lengths(counts, limit)), 1 << 15, "{counts:?}");
        }
    }

    #[test]
    fn codes_are_those_of_the_rfc() {
        // RFC 1951, section 3.2.2: lengths 3, 3, 3, 3, 3, 2, 4, 4 have the codes 010 to 110, 00, 1110, 1111.
        let mut got = [0; 8];
        codes(&[3, 3, 3, 3, 3, 2, 4, 4], &mut got);
        let bits = [0b010, 0b110, 0b001, 0b101, 0b011, 0b00, 0b0111, 0b1111];
        assert_eq!(got.map(|code| code >> COUNT_BITS), bits);
        assert_eq!(got.map(|code| code & COUNT), [3, 3, 3, 3, 3, 2, 4, 4]);
    }

    proptest! {
        #[test]
        fn any_counts_make_a_complete_code(
            counts in prop::collection::vec(prop_oneof![Just(0u32), 1u32..4, 1u32..200_000], 2..286),
            limit in 9usize..16,
        ) {
            let used = counts.iter().filter(|count| **count > 0).count();
            prop_assume!(used >= 2);
            prop_assert_eq!(kraft(&lengths(&counts, limit)), 1 << 15);
        }
    }
}
