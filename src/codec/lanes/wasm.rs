//! In WebAssembly's vector instructions. What each does is told by [`super::arrays`].

use core::arch::wasm32 as w;

use bytemuck::must_cast;

/// 128 bits.
#[derive(Clone, Copy)]
pub struct Lanes(w::v128);

#[inline(always)]
const fn one(lanes: w::v128) -> Lanes {
    Lanes(lanes)
}

impl Lanes {
    pub const WITHOUT_FOURTHS: [u8; 16] = [0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 255, 255, 255, 255];
    pub const BY_CHANNEL: [u8; 16] = [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11, 255, 255, 255, 255];

    #[inline(always)]
    pub fn of_i16s(values: [i16; 8]) -> Self {
        one(must_cast(values))
    }

    #[inline(always)]
    pub fn i16s(self) -> [i16; 8] {
        must_cast(self.0)
    }

    #[inline(always)]
    pub fn of_bytes(values: [u8; 16]) -> Self {
        one(must_cast(values))
    }

    #[inline(always)]
    pub fn bytes(self) -> [u8; 16] {
        must_cast(self.0)
    }

    #[inline(always)]
    pub fn all_i16(value: i16) -> Self {
        one(w::i16x8_splat(value))
    }

    #[inline(always)]
    pub fn all_i32(value: i32) -> Self {
        one(w::i32x4_splat(value))
    }

    #[inline(always)]
    pub fn add_i16(self, other: Self) -> Self {
        one(w::i16x8_add(self.0, other.0))
    }

    #[inline(always)]
    pub fn sub_i16(self, other: Self) -> Self {
        one(w::i16x8_sub(self.0, other.0))
    }

    #[inline(always)]
    pub fn mul_i16(self, other: Self) -> Self {
        one(w::i16x8_mul(self.0, other.0))
    }

    #[inline(always)]
    pub fn mul_q15(self, other: Self) -> Self {
        one(w::i16x8_q15mulr_sat(self.0, other.0))
    }

    #[inline(always)]
    pub fn shr_i16<const BITS: u32>(self) -> Self {
        one(w::i16x8_shr(self.0, BITS))
    }

    #[inline(always)]
    pub fn add_i32(self, other: Self) -> Self {
        one(w::i32x4_add(self.0, other.0))
    }

    #[inline(always)]
    pub fn sub_i32(self, other: Self) -> Self {
        one(w::i32x4_sub(self.0, other.0))
    }

    #[inline(always)]
    pub fn dot(self, other: Self) -> Self {
        one(w::i32x4_dot_i16x8(self.0, other.0))
    }

    #[inline(always)]
    pub fn shl_i32<const BITS: u32>(self) -> Self {
        one(w::i32x4_shl(self.0, BITS))
    }

    #[inline(always)]
    pub fn high_halves(self, other: Self) -> Self {
        // Nothing is left to be clamped, which the compiler sees.
        one(w::u16x8_narrow_i32x4(w::u32x4_shr(self.0, 16), w::u32x4_shr(other.0, 16)))
    }

    #[inline(always)]
    pub fn to_bytes<const BITS: u32>(self, other: Self) -> Self {
        one(w::u8x16_narrow_i16x8(w::i16x8_shr(self.0, BITS), w::i16x8_shr(other.0, BITS)))
    }

    #[inline(always)]
    pub fn widen_low_bytes(self) -> Self {
        one(w::u16x8_extend_low_u8x16(self.0))
    }

    #[inline(always)]
    pub fn widen_high_bytes(self) -> Self {
        one(w::u16x8_extend_high_u8x16(self.0))
    }

    #[inline(always)]
    pub fn low_bytes(self, other: Self) -> Self {
        one(w::i8x16_shuffle::<0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23>(self.0, other.0))
    }

    #[inline(always)]
    pub fn high_bytes(self, other: Self) -> Self {
        one(w::i8x16_shuffle::<8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31>(self.0, other.0))
    }

    #[inline(always)]
    pub fn low_i16s(self, other: Self) -> Self {
        one(w::i16x8_shuffle::<0, 8, 1, 9, 2, 10, 3, 11>(self.0, other.0))
    }

    #[inline(always)]
    pub fn high_i16s(self, other: Self) -> Self {
        one(w::i16x8_shuffle::<4, 12, 5, 13, 6, 14, 7, 15>(self.0, other.0))
    }

    #[inline(always)]
    pub fn low_i32s(self, other: Self) -> Self {
        one(w::i32x4_shuffle::<0, 4, 1, 5>(self.0, other.0))
    }

    #[inline(always)]
    pub fn high_i32s(self, other: Self) -> Self {
        one(w::i32x4_shuffle::<2, 6, 3, 7>(self.0, other.0))
    }

    #[inline(always)]
    pub fn low_i64s(self, other: Self) -> Self {
        one(w::i64x2_shuffle::<0, 2>(self.0, other.0))
    }

    #[inline(always)]
    pub fn high_i64s(self, other: Self) -> Self {
        one(w::i64x2_shuffle::<1, 3>(self.0, other.0))
    }

    #[inline(always)]
    pub fn drop_fourth_bytes(self, places: Self) -> Self {
        one(w::u8x16_swizzle(self.0, places.0))
    }

    #[inline(always)]
    pub fn shl_i16<const BITS: u32>(self) -> Self {
        one(w::i16x8_shl(self.0, BITS))
    }

    #[inline(always)]
    pub fn clamp_i16(self, least: Self, most: Self) -> Self {
        one(w::i16x8_min(w::i16x8_max(self.0, least.0), most.0))
    }

    #[inline(always)]
    pub fn add_neighbours(self) -> Self {
        one(w::u16x8_extadd_pairwise_u8x16(self.0))
    }

    #[inline(always)]
    pub fn not_zero_i16(self) -> u8 {
        !w::i16x8_bitmask(w::i16x8_eq(self.0, w::i16x8_splat(0)))
    }

    #[inline(always)]
    pub fn channels(pixels: &[u8; 48], places: Self) -> [Self; 3] {
        let four = |i: usize| match pixels.get(i * 12..).and_then(|rest| rest.first_chunk()) {
            Some(bytes) => w::u8x16_swizzle(Self::of_bytes(*bytes).0, places.0),
            // The last four pixels have no sixteen bytes.
            None => {
                let last = Self::of_bytes(*pixels.last_chunk().unwrap_or(&[0; 16]));
                w::u8x16_swizzle(w::i32x4_shuffle::<1, 2, 3, 3>(last.0, last.0), places.0)
            }
        };
        let [a, b, c, d] = [0, 1, 2, 3].map(|i| one(four(i)));
        let (rg, b_) = ((a.low_i32s(b), c.low_i32s(d)), (a.high_i32s(b), c.high_i32s(d)));
        [rg.0.low_i64s(rg.1), rg.0.high_i64s(rg.1), b_.0.low_i64s(b_.1)]
    }
}
