//! In plain arrays: what the other files do in fewer instructions.

/// 128 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lanes([u8; 16]);

impl Lanes {
    /// Lanes of 16 bits.
    #[inline(always)]
    pub fn of_i16s(values: [i16; 8]) -> Self {
        Self(bytemuck::must_cast(values))
    }

    /// The lanes of 16 bits.
    #[inline(always)]
    pub fn i16s(self) -> [i16; 8] {
        bytemuck::must_cast(self.0)
    }

    fn of_i32s(values: [i32; 4]) -> Self {
        Self(bytemuck::must_cast(values))
    }

    fn i32s(self) -> [i32; 4] {
        bytemuck::must_cast(self.0)
    }

    /// Sixteen bytes.
    #[inline(always)]
    pub fn of_bytes(values: [u8; 16]) -> Self {
        Self(values)
    }

    /// The bytes.
    #[inline(always)]
    pub fn bytes(self) -> [u8; 16] {
        self.0
    }

    /// The same number in each lane of 16 bits.
    pub fn all_i16(value: i16) -> Self {
        Self::of_i16s([value; 8])
    }

    /// The same number in each lane of 32 bits.
    pub fn all_i32(value: i32) -> Self {
        Self::of_i32s([value; 4])
    }

    /// The same two numbers in each pair of lanes of 16 bits.
    pub fn pairs_i16(first: i16, second: i16) -> Self {
        Self::of_i16s(std::array::from_fn(|i| if i % 2 == 0 { first } else { second }))
    }

    fn by_i16(self, other: Self, result: impl Fn(i16, i16) -> i16) -> Self {
        let (a, b) = (self.i16s(), other.i16s());
        Self::of_i16s(std::array::from_fn(|i| result(a[i], b[i])))
    }

    fn by_i32(self, other: Self, result: impl Fn(i32, i32) -> i32) -> Self {
        let (a, b) = (self.i32s(), other.i32s());
        Self::of_i32s(std::array::from_fn(|i| result(a[i], b[i])))
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

    /// Products of numbers with 15 bits behind the point, the nearest, halves upwards. -1 times -1 becomes the largest.
    pub fn mul_q15(self, other: Self) -> Self {
        let product = |a, b| (i32::from(a) * i32::from(b) + (1 << 14)) >> 15;
        self.by_i16(other, |a, b| product(a, b).min(i16::MAX.into()) as i16)
    }

    /// Divides by a power of two, rounding down.
    pub fn shr_i16<const BITS: u32>(self) -> Self {
        self.by_i16(self, |a, _| a >> BITS)
    }

    /// Sums, which wrap around.
    pub fn add_i32(self, other: Self) -> Self {
        self.by_i32(other, i32::wrapping_add)
    }

    /// Differences, which wrap around.
    pub fn sub_i32(self, other: Self) -> Self {
        self.by_i32(other, i32::wrapping_sub)
    }

    /// Divides by a power of two, rounding down.
    pub fn shr_i32<const BITS: u32>(self) -> Self {
        self.by_i32(self, |a, _| a >> BITS)
    }

    /// In 32 bits, the sum of the products of the two lanes of 16 bits that are there.
    pub fn dot(self, other: Self) -> Self {
        let (a, b) = (self.i16s(), other.i16s());
        let product = |i: usize| i32::from(a[i]) * i32::from(b[i]);
        Self::of_i32s(std::array::from_fn(|i| product(2 * i).wrapping_add(product(2 * i + 1))))
    }

    /// The lanes of 32 bits of both in 16 bits; what does not fit becomes the nearest that does.
    pub fn narrow_i32(self, high: Self) -> Self {
        let (low, high) = (self.i32s(), high.i32s());
        let all = low.into_iter().chain(high).map(|v| v.clamp(i16::MIN.into(), i16::MAX.into()) as i16);
        let mut narrow = [0; 8];
        narrow.iter_mut().zip(all).for_each(|(to, from)| *to = from);
        Self::of_i16s(narrow)
    }

    /// The lanes of 16 bits of both in bytes; what does not fit becomes 0 or 255.
    pub fn narrow_to_bytes(self, high: Self) -> Self {
        let all = self.i16s().into_iter().chain(high.i16s()).map(|v| v.clamp(0, 255) as u8);
        let mut narrow = [0; 16];
        narrow.iter_mut().zip(all).for_each(|(to, from)| *to = from);
        Self(narrow)
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
        let of = |i: usize| if i / SIZE % 2 == 0 { self } else { other };
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

    /// Four times four bytes without each fourth; zeros behind them.
    pub fn drop_fourth_bytes(self) -> Self {
        Self(std::array::from_fn(|i| if i < 12 { self.0[i / 3 * 4 + i % 3] } else { 0 }))
    }
}
