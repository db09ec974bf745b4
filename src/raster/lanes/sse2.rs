//! In SSE2. What each does is told by `arrays.rs`.
#![allow(unsafe_code, reason = "the instructions are safe where they are there, and every x86-64 has SSE2")]

use core::arch::x86_64 as x;

use bytemuck::must_cast;

/// 128 bits.
#[derive(Clone, Copy)]
pub struct Lanes(x::__m128i);

/// Operations of one instruction on two operands.
macro_rules! two {
    ($($name:ident: $instruction:ident,)*) => {$(
        #[inline(always)]
        pub fn $name(self, other: Self) -> Self {
            Self(unsafe { x::$instruction(self.0, other.0) })
        }
    )*};
}

/// Shifts.
macro_rules! shift {
    ($($name:ident: $instruction:ident,)*) => {$(
        #[inline(always)]
        pub fn $name<const BITS: u32>(self) -> Self {
            Self(unsafe { x::$instruction(self.0, x::_mm_cvtsi32_si128(BITS as i32)) })
        }
    )*};
}

impl Lanes {
    pub const WITHOUT_FOURTHS: [u8; 16] = [0; 16];
    pub const BY_CHANNEL: [u8; 16] = [0; 16];

    two! {
        add_i16: _mm_add_epi16,
        sub_i16: _mm_sub_epi16,
        mul_i16: _mm_mullo_epi16,
        add_i32: _mm_add_epi32,
        sub_i32: _mm_sub_epi32,
        dot: _mm_madd_epi16,
        low_bytes: _mm_unpacklo_epi8,
        high_bytes: _mm_unpackhi_epi8,
        low_i16s: _mm_unpacklo_epi16,
        high_i16s: _mm_unpackhi_epi16,
        low_i32s: _mm_unpacklo_epi32,
        high_i32s: _mm_unpackhi_epi32,
        low_i64s: _mm_unpacklo_epi64,
        high_i64s: _mm_unpackhi_epi64,
    }

    shift! {
        shl_i16: _mm_sll_epi16,
        shr_i16: _mm_sra_epi16,
        shl_i32: _mm_sll_epi32,
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
        Self(unsafe { x::_mm_set1_epi16(value) })
    }

    #[inline(always)]
    pub fn all_i32(value: i32) -> Self {
        Self(unsafe { x::_mm_set1_epi32(value) })
    }

    #[inline(always)]
    pub fn mul_q15(self, other: Self) -> Self {
        Self(unsafe {
            let (low, high) = (x::_mm_mullo_epi16(self.0, other.0), x::_mm_mulhi_epi16(self.0, other.0));
            let half = x::_mm_set1_epi32(1 << 14);
            let [low, high] = [x::_mm_unpacklo_epi16(low, high), x::_mm_unpackhi_epi16(low, high)]
                .map(|products| x::_mm_srai_epi32::<15>(x::_mm_add_epi32(products, half)));
            x::_mm_packs_epi32(low, high)
        })
    }

    #[inline(always)]
    pub fn clamp_i16(self, least: Self, most: Self) -> Self {
        Self(unsafe { x::_mm_min_epi16(x::_mm_max_epi16(self.0, least.0), most.0) })
    }

    #[inline(always)]
    pub fn not_zero_i16(self) -> u8 {
        unsafe {
            let zeros = x::_mm_cmpeq_epi16(self.0, x::_mm_setzero_si128());
            !(x::_mm_movemask_epi8(x::_mm_packs_epi16(zeros, zeros)) as u8)
        }
    }

    #[inline(always)]
    pub fn high_halves(self, other: Self) -> Self {
        Self(unsafe { x::_mm_packs_epi32(x::_mm_srai_epi32::<16>(self.0), x::_mm_srai_epi32::<16>(other.0)) })
    }

    #[inline(always)]
    pub fn to_bytes<const BITS: u32>(self, other: Self) -> Self {
        Self(unsafe { x::_mm_packus_epi16(self.shr_i16::<BITS>().0, other.shr_i16::<BITS>().0) })
    }

    #[inline(always)]
    pub fn widen_low_bytes(self) -> Self {
        self.low_bytes(Self::all_i16(0))
    }

    #[inline(always)]
    pub fn widen_high_bytes(self) -> Self {
        self.high_bytes(Self::all_i16(0))
    }

    #[inline(always)]
    pub fn drop_fourth_bytes(self, _places: Self) -> Self {
        // Two pixels at a time, in the halves; then the upper half moves down to the lower.
        Self(unsafe {
            let first = x::_mm_and_si128(self.0, x::_mm_set1_epi64x(0x00ff_ffff));
            let second = x::_mm_and_si128(self.0, x::_mm_set1_epi64x(0x00ff_ffff_0000_0000));
            let twos = x::_mm_or_si128(first, x::_mm_srli_epi64::<8>(second));
            x::_mm_or_si128(x::_mm_move_epi64(twos), x::_mm_slli_si128::<6>(x::_mm_srli_si128::<8>(twos)))
        })
    }

    #[inline(always)]
    pub fn channels(pixels: &[u8; 48], _places: Self) -> [Self; 3] {
        let mut parts: [Self; 3] = bytemuck::must_cast_ref::<_, [[u8; 16]; 3]>(pixels).map(Self::of_bytes);
        // Each round brings pixels nearer that are half of all pixels apart, until all of a channel are together.
        for _ in 0..4 {
            let [a, b, c] = parts;
            let upper = |lanes: Self| lanes.high_i64s(lanes);
            parts = [a.low_bytes(upper(b)), upper(a).low_bytes(c), b.low_bytes(upper(c))];
        }
        parts
    }
}
