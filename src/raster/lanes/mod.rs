//! 128 bits as lanes: eight of 16 bits, four of 32, sixteen bytes.
//!
//! The same few operations three times: in WebAssembly's vector instructions, in SSE2 (which every x86-64 has) and in plain
//! arrays. Results are the same everywhere, bit for bit; tests compare each with the arrays.

#[cfg(any(test, not(any(all(target_arch = "wasm32", target_feature = "simd128"), target_arch = "x86_64"))))]
mod arrays;
#[cfg(target_arch = "x86_64")]
mod sse2;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wasm;

#[cfg(not(any(all(target_arch = "wasm32", target_feature = "simd128"), target_arch = "x86_64")))]
pub use arrays::Lanes;
#[cfg(target_arch = "x86_64")]
pub use sse2::Lanes;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub use wasm::Lanes;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Lanes, arrays};

    const LIMITS: [u8; 6] = [0, 1, 0x7f, 0x80, 0xfe, 0xff];

    fn sixteen() -> impl Strategy<Value = [u8; 16]> {
        prop::array::uniform16(prop_oneof![prop::sample::select(&LIMITS[..]), any::<u8>()])
    }

    /// Checks operations of one operand against the same in arrays.
    macro_rules! alone {
        ($x:ident, $plain:ident, $($operation:ident $(::<$bits:literal>)?),*) => {$(
            let (got, expected) = ($x.$operation $(::<$bits>)? (), $plain.$operation $(::<$bits>)? ());
            prop_assert_eq!(got.bytes(), expected.bytes(), "{}", stringify!($operation));
        )*};
    }

    /// The same of two operands.
    macro_rules! both {
        ($x:ident, $y:ident, $plain_x:ident, $plain_y:ident, $($operation:ident $(::<$bits:literal>)?),*) => {$(
            let got = $x.$operation $(::<$bits>)? ($y);
            let expected = $plain_x.$operation $(::<$bits>)? ($plain_y);
            prop_assert_eq!(got.bytes(), expected.bytes(), "{}", stringify!($operation));
        )*};
    }

    proptest! {
        #[test]
        fn every_operation_is_that_of_arrays(a in sixteen(), b in sixteen(), c in sixteen(), value in any::<i16>()) {
            let of = |bytes: [u8; 16]| (Lanes::of_bytes(bytes), arrays::Lanes::of_bytes(bytes));
            let ((x, plain_x), (y, plain_y), (z, plain_z)) = (of(a), of(b), of(c));
            alone!(
                x, plain_x, shl_i16::<1>, shl_i16::<4>, shr_i16::<2>, shr_i16::<4>, shl_i32::<0>, shl_i32::<5>,
                widen_low_bytes, widen_high_bytes
            );
            both!(
                x, y, plain_x, plain_y, add_i16, sub_i16, mul_i16, add_i32, sub_i32, dot, high_halves, to_bytes::<0>,
                to_bytes::<2>, low_bytes, high_bytes, low_i16s, high_i16s, low_i32s, high_i32s, low_i64s, high_i64s
            );
            prop_assert_eq!(x.clamp_i16(y, z).bytes(), plain_x.clamp_i16(plain_y, plain_z).bytes());
            prop_assert_eq!(x.not_zero_i16(), plain_x.not_zero_i16());
            prop_assert_eq!(x.i16s(), plain_x.i16s());
            let (places, plain_places) =
                (Lanes::of_bytes(Lanes::WITHOUT_FOURTHS), arrays::Lanes::of_bytes(arrays::Lanes::WITHOUT_FOURTHS));
            prop_assert_eq!(x.drop_fourth_bytes(places).bytes(), plain_x.drop_fourth_bytes(plain_places).bytes());
            let pixels: [u8; 48] = bytemuck::must_cast([a, b, c]);
            let (places, plain_places) =
                (Lanes::of_bytes(Lanes::BY_CHANNEL), arrays::Lanes::of_bytes(arrays::Lanes::BY_CHANNEL));
            let got = Lanes::channels(&pixels, places).map(Lanes::bytes);
            prop_assert_eq!(got, arrays::Lanes::channels(&pixels, plain_places).map(arrays::Lanes::bytes));
            prop_assert_eq!(Lanes::all_i16(value).bytes(), arrays::Lanes::all_i16(value).bytes());
            let wide = i32::from(value) * 40_503;
            prop_assert_eq!(Lanes::all_i32(wide).bytes(), arrays::Lanes::all_i32(wide).bytes());
            // -1 times -1 is not to be.
            let factor = value.max(i16::MIN + 1);
            let got = x.mul_q15(Lanes::all_i16(factor)).bytes();
            prop_assert_eq!(got, plain_x.mul_q15(arrays::Lanes::all_i16(factor)).bytes());
        }
    }
}
