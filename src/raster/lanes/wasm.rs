//! In WebAssembly's vector instructions. What each does is told by `arrays.rs`.

use core::arch::wasm32 as w;

use bytemuck::must_cast;

/// 128 bits.
#[derive(Clone, Copy)]
pub struct Lanes(w::v128);

/// Operations of one instruction on two operands.
macro_rules! two {
    ($($name:ident: $instruction:expr,)*) => {$(
        #[inline(always)]
        pub fn $name(self, other: Self) -> Self {
            Self($instruction(self.0, other.0))
        }
    )*};
}

/// Operations of one instruction on one operand.
macro_rules! alone {
    ($($name:ident: $instruction:expr,)*) => {$(
        #[inline(always)]
        pub fn $name(self) -> Self {
            Self($instruction(self.0))
        }
    )*};
}

/// Shifts.
macro_rules! shift {
    ($($name:ident: $instruction:expr,)*) => {$(
        #[inline(always)]
        pub fn $name<const BITS: u32>(self) -> Self {
            Self($instruction(self.0, BITS))
        }
    )*};
}

impl Lanes {
    pub const WITHOUT_FOURTHS: [u8; 16] = [0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 255, 255, 255, 255];
    pub const BY_CHANNEL: [u8; 16] = [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11, 255, 255, 255, 255];

    two! {
        add_i16: w::i16x8_add,
        sub_i16: w::i16x8_sub,
        mul_i16: w::i16x8_mul,
        mul_q15: w::i16x8_q15mulr_sat,
        add_i32: w::i32x4_add,
        sub_i32: w::i32x4_sub,
        dot: w::i32x4_dot_i16x8,
        low_bytes: w::i8x16_shuffle::<0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23>,
        high_bytes: w::i8x16_shuffle::<8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31>,
        low_i16s: w::i16x8_shuffle::<0, 8, 1, 9, 2, 10, 3, 11>,
        high_i16s: w::i16x8_shuffle::<4, 12, 5, 13, 6, 14, 7, 15>,
        low_i32s: w::i32x4_shuffle::<0, 4, 1, 5>,
        high_i32s: w::i32x4_shuffle::<2, 6, 3, 7>,
        low_i64s: w::i64x2_shuffle::<0, 2>,
        high_i64s: w::i64x2_shuffle::<1, 3>,
        drop_fourth_bytes: w::u8x16_swizzle,
    }

    alone! {
        widen_low_bytes: w::u16x8_extend_low_u8x16,
        widen_high_bytes: w::u16x8_extend_high_u8x16,
    }

    shift! {
        shl_i16: w::i16x8_shl,
        shr_i16: w::i16x8_shr,
        shl_i32: w::i32x4_shl,
    }

    #[inline(always)]
    pub fn of_i16s(values: [i16; 8]) -> Self {
        Self(must_cast(values))
    }

    #[inline(always)]
    pub fn i16s(self) -> [i16; 8] {
        must_cast(self.0)
    }

    #[inline(always)]
    pub fn of_bytes(values: [u8; 16]) -> Self {
        Self(must_cast(values))
    }

    #[inline(always)]
    pub fn bytes(self) -> [u8; 16] {
        must_cast(self.0)
    }

    #[inline(always)]
    pub fn all_i16(value: i16) -> Self {
        Self(w::i16x8_splat(value))
    }

    #[inline(always)]
    pub fn all_i32(value: i32) -> Self {
        Self(w::i32x4_splat(value))
    }

    #[inline(always)]
    pub fn clamp_i16(self, least: Self, most: Self) -> Self {
        Self(w::i16x8_min(w::i16x8_max(self.0, least.0), most.0))
    }

    #[inline(always)]
    pub fn not_zero_i16(self) -> u8 {
        !w::i16x8_bitmask(w::i16x8_eq(self.0, w::i16x8_splat(0)))
    }

    #[inline(always)]
    pub fn high_halves(self, other: Self) -> Self {
        // Nothing is left to be clamped, which the compiler sees; else it would clamp by two instructions more.
        Self(w::u16x8_narrow_i32x4(w::u32x4_shr(self.0, 16), w::u32x4_shr(other.0, 16)))
    }

    #[inline(always)]
    pub fn to_bytes<const BITS: u32>(self, other: Self) -> Self {
        Self(w::u8x16_narrow_i16x8(w::i16x8_shr(self.0, BITS), w::i16x8_shr(other.0, BITS)))
    }

    #[inline(always)]
    pub fn channels(pixels: &[u8; 48], places: Self) -> [Self; 3] {
        // Four pixels each, by channel; the last four have no sixteen bytes from their first one on.
        let [a, b, c, d] = [0, 1, 2, 3].map(|i| {
            let four = match pixels.get(i * 12..).and_then(|rest| rest.first_chunk()) {
                Some(bytes) => Self::of_bytes(*bytes).0,
                None => {
                    let last = Self::of_bytes(*pixels.last_chunk().unwrap_or(&[0; 16])).0;
                    w::i32x4_shuffle::<1, 2, 3, 3>(last, last)
                }
            };
            Self(w::u8x16_swizzle(four, places.0))
        });
        let (low, high) = ((a.low_i32s(b), c.low_i32s(d)), (a.high_i32s(b), c.high_i32s(d)));
        [low.0.low_i64s(low.1), low.0.high_i64s(low.1), high.0.low_i64s(high.1)]
    }
}
