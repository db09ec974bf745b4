//! In plain arrays: what the other files do in fewer instructions.

use bytemuck::must_cast;

/// 128 bits.
#[derive(Clone, Copy)]
pub struct Lanes([u8; 16]);

impl Lanes {
    /// What [`Lanes::drop_fourth_bytes`] is given.
    pub const WITHOUT_FOURTHS: [u8; 16] = [0; 16];
    /// What [`Lanes::channels`] is given.
    pub const BY_CHANNEL: [u8; 16] = [0; 16];

    /// Lanes of 16 bits.
    pub fn of_i16s(values: [i16; 8]) -> Self {
        Self(must_cast(values))
    }

    /// The lanes of 16 bits.
    pub fn i16s(self) -> [i16; 8] {
        must_cast(self.0)
    }

    fn i32s(self) -> [i32; 4] {
        must_cast(self.0)
    }

    /// Sixteen bytes.
    pub fn of_bytes(values: [u8; 16]) -> Self {
        Self(values)
    }

    /// The bytes.
    pub fn bytes(self) -> [u8; 16] {
        self.0
    }

    /// The same number in each lane of 16 bits.
    pub fn all_i16(value: i16) -> Self {
        Self::of_i16s([value; 8])
    }

    /// The same number in each lane of 32 bits.
    pub fn all_i32(value: i32) -> Self {
        Self(must_cast([value; 4]))
    }

    fn by_i16(self, other: Self, result: impl Fn(i16, i16) -> i16) -> Self {
        let (a, b) = (self.i16s(), other.i16s());
        Self::of_i16s(std::array::from_fn(|i| result(a[i], b[i])))
    }

    fn by_i32(self, other: Self, result: impl Fn(i32, i32) -> i32) -> Self {
        let (a, b) = (self.i32s(), other.i32s());
        let results: [i32; 4] = std::array::from_fn(|i| result(a[i], b[i]));
        Self(must_cast(results))
    }

    /// Sums, which wrap around.
    pub fn add_i16(self, other: Self) -> Self {
        self.by_i16(other, i16::wrapping_add)
    }

    /// Differences, which wrap around.
    pub fn sub_i16(self, other: Self) -> Self {
        self.by_i16(other, i16::wrapping_sub)
    }

    /// The low halves of products.
    pub fn mul_i16(self, other: Self) -> Self {
        self.by_i16(other, i16::wrapping_mul)
    }

    /// Products of numbers with 15 bits behind the point, the nearest, halves upwards. They are never both -1.
    pub fn mul_q15(self, other: Self) -> Self {
        self.by_i16(other, |a, b| ((i32::from(a) * i32::from(b) + (1 << 14)) >> 15) as i16)
    }

    /// Multiplies with a power of two; what does not fit is lost.
    pub fn shl_i16<const BITS: u32>(self) -> Self {
        self.by_i16(self, |a, _| a << BITS)
    }

    /// Divides by a power of two, rounding down.
    pub fn shr_i16<const BITS: u32>(self) -> Self {
        self.by_i16(self, |a, _| a >> BITS)
    }

    /// Brings numbers into a range.
    pub fn clamp_i16(self, least: Self, most: Self) -> Self {
        self.by_i16(least, i16::max).by_i16(most, i16::min)
    }

    /// A bit for each lane of 16 bits that is not zero, the first one lowest.
    pub fn not_zero_i16(self) -> u8 {
        self.i16s().iter().rev().fold(0, |bits, lane| bits << 1 | u8::from(*lane != 0))
    }

    /// Sums, which wrap around.
    pub fn add_i32(self, other: Self) -> Self {
        self.by_i32(other, i32::wrapping_add)
    }

    /// Differences, which wrap around.
    pub fn sub_i32(self, other: Self) -> Self {
        self.by_i32(other, i32::wrapping_sub)
    }

    /// Multiplies with a power of two; what does not fit is lost.
    pub fn shl_i32<const BITS: u32>(self) -> Self {
        self.by_i32(self, |a, _| a << BITS)
    }

    /// In 32 bits, the sum of the products of the two lanes of 16 bits that are there.
    ///
    /// One of both must come from where the compiler does not see it: LLVM 22 crashes when it knows them.
    pub fn dot(self, other: Self) -> Self {
        let (a, b) = (self.i16s(), other.i16s());
        let product = |i: usize| i32::from(a[i]) * i32::from(b[i]);
        let sums: [i32; 4] = std::array::from_fn(|i| product(2 * i).wrapping_add(product(2 * i + 1)));
        Self(must_cast(sums))
    }

    /// The upper halves of the lanes of 32 bits of both.
    pub fn high_halves(self, other: Self) -> Self {
        let halves: [[i32; 4]; 2] = [self.i32s(), other.i32s()];
        Self::of_i16s(std::array::from_fn(|i| (halves[i / 4][i % 4] >> 16) as i16))
    }

    /// The lanes of 16 bits of both, divided by a power of two, in bytes; what does not fit becomes 0 or 255.
    pub fn to_bytes<const BITS: u32>(self, other: Self) -> Self {
        let lanes = [self.i16s(), other.i16s()];
        Self(std::array::from_fn(|i| (lanes[i / 8][i % 8] >> BITS).clamp(0, 255) as u8))
    }

    /// The first eight bytes in 16 bits each.
    pub fn widen_low_bytes(self) -> Self {
        Self::of_i16s(std::array::from_fn(|i| self.0[i].into()))
    }

    /// The last eight bytes in 16 bits each.
    pub fn widen_high_bytes(self) -> Self {
        Self::of_i16s(std::array::from_fn(|i| self.0[i + 8].into()))
    }

    /// Pieces of `SIZE` bytes from both in turns, from byte `from` on.
    fn interleave<const SIZE: usize>(self, other: Self, from: usize) -> Self {
        let of = |i: usize| if (i / SIZE).is_multiple_of(2) { self } else { other };
        Self(std::array::from_fn(|i| of(i).0[from + i / SIZE / 2 * SIZE + i % SIZE]))
    }

    /// The first eight bytes of both in turns.
    pub fn low_bytes(self, other: Self) -> Self {
        self.interleave::<1>(other, 0)
    }

    /// The last eight bytes of both in turns.
    pub fn high_bytes(self, other: Self) -> Self {
        self.interleave::<1>(other, 8)
    }

    /// The first four lanes of 16 bits of both in turns.
    pub fn low_i16s(self, other: Self) -> Self {
        self.interleave::<2>(other, 0)
    }

    /// The last four lanes of 16 bits of both in turns.
    pub fn high_i16s(self, other: Self) -> Self {
        self.interleave::<2>(other, 8)
    }

    /// The first two lanes of 32 bits of both in turns.
    pub fn low_i32s(self, other: Self) -> Self {
        self.interleave::<4>(other, 0)
    }

    /// The last two lanes of 32 bits of both in turns.
    pub fn high_i32s(self, other: Self) -> Self {
        self.interleave::<4>(other, 8)
    }

    /// The first halves of both.
    pub fn low_i64s(self, other: Self) -> Self {
        self.interleave::<8>(other, 0)
    }

    /// The last halves of both.
    pub fn high_i64s(self, other: Self) -> Self {
        self.interleave::<8>(other, 8)
    }

    /// Four times four bytes without each fourth; zeros behind them. `places` is [`Lanes::WITHOUT_FOURTHS`] from where the
    /// compiler does not see it, or it makes of this and what stands before it something that V8 does slowly.
    pub fn drop_fourth_bytes(self, _places: Self) -> Self {
        Self(std::array::from_fn(|i| if i < 12 { self.0[i / 3 * 4 + i % 3] } else { 0 }))
    }

    /// The three channels of sixteen pixels. `places` is [`Lanes::BY_CHANNEL`], as above.
    pub fn channels(pixels: &[u8; 48], _places: Self) -> [Self; 3] {
        std::array::from_fn(|channel| Self(std::array::from_fn(|i| pixels[i * 3 + channel])))
    }
}
