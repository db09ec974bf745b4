//! Adler-32 of a whole from the Adler-32 of its parts.

const MODULUS: u64 = 65_521;

/// The Adler-32 of nothing.
pub const EMPTY: u32 = 1;

/// The Adler-32 of `a` followed by `b`, where `b_bytes` is the length of `b`.
///
/// From the definition in RFC 1950, section 8.2: s1 is 1 plus the sum of the bytes, s2 the sum of all s1. Appending `b`
/// adds its sums, and its s2 grows by s1(a) - 1 for every byte of `b`.
pub fn combine(a: u32, b: u32, b_bytes: u64) -> u32 {
    let split = |sum: u32| (u64::from(sum & 0xffff), u64::from(sum >> 16));
    let ((a1, a2), (b1, b2)) = (split(a), split(b));
    let s1 = (a1 + b1 + MODULUS - 1) % MODULUS;
    let s2 = (a2 + b2 + (b_bytes % MODULUS) * (a1 + MODULUS - 1)) % MODULUS;
    (s2 << 16 | s1) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_combine_to_the_whole() {
        let data: Vec<u8> = (0..200_000u32).map(|i| (i.wrapping_mul(i) >> 7) as u8).collect();
        let sum = |bytes: &[u8]| simd_adler32::adler32(&bytes);
        for cut in [0, 1, 17, 65_520, 65_521, 65_522, 131_042, 199_999, 200_000] {
            let (a, b) = data.split_at(cut);
            assert_eq!(combine(sum(a), sum(b), b.len() as u64), sum(&data), "cut at {cut}");
        }
        assert_eq!(combine(EMPTY, sum(&data), data.len() as u64), sum(&data));
    }
}
