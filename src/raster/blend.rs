//! How the colours of a layer and of what is below it are mixed.

use serde::{Deserialize, Serialize};

/// The blend mode of a layer (W3C Compositing and Blending Level 1, section 9.1), composited "source over".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Blend {
    /// `normal`: the layer's own colour.
    #[default]
    Over,
    /// `multiply`: as if both were printed on one sheet; never lighter than what is below.
    Multiply,
}

/// Multiplies a pixel onto an opaque one: co = cb (1 - as) + as cs cb, rounded to nearest. `above` is the alpha of `s`, 0 to 255.
pub(super) const fn multiply_rgb(t: &mut [u8; 3], s: [u8; 3], above: u32) {
    const ONE: u32 = 255 * 255;
    let mut i = 0;
    while i < 3 {
        let factor = ONE - 255 * above + s[i] as u32 * above;
        t[i] = ((t[i] as u32 * factor + ONE / 2) / ONE) as u8;
        i += 1;
    }
}

/// Multiplies a pixel onto one with alpha: co = cs as (1 - ab) + cs cb as ab + cb ab (1 - as), ao = as + ab (1 - as); the
/// colour kept is co / ao, rounded to nearest.
pub(super) fn multiply_rgba(t: &mut [u8; 4], s: [u8; 3], above: u32) {
    let below = u32::from(t[3]);
    // In 255ths of 255.
    let total = 255 * above + below * (255 - above);
    if total == 0 {
        return;
    }
    let (only_above, only_below) = (above * (255 - below) * 255, below * (255 - above) * 255);
    for (t, s) in t.iter_mut().zip(s) {
        let (colour_s, colour_t) = (u32::from(s), u32::from(*t));
        // At most 255 to the fourth power, which 32 bits hold with what is added to round.
        let mixed = colour_s * only_above + colour_s * colour_t * above * below + colour_t * only_below;
        *t = ((mixed + 255 * total / 2) / (255 * total)) as u8;
    }
    t[3] = ((total + 127) / 255) as u8;
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEVELS: [u8; 8] = [0, 1, 2, 100, 127, 128, 254, 255];

    #[test]
    fn multiply_is_the_formula_rounded() {
        let one = |v: u8| f64::from(v) / 255.0;
        for cs in LEVELS {
            for cb in LEVELS {
                for above in LEVELS {
                    for below in LEVELS {
                        let (a_s, a_b) = (one(above), one(below));
                        let ao = a_s + a_b * (1.0 - a_s);
                        let co = a_s * (1.0 - a_b) * one(cs)
                            + a_s * a_b * one(cs) * one(cb)
                            + (1.0 - a_s) * a_b * one(cb);
                        let mut got = [cb, cb, cb, below];
                        multiply_rgba(&mut got, [cs; 3], u32::from(above));
                        let want = if ao == 0.0 { one(cb) } else { co / ao } * 255.0;
                        assert!((f64::from(got[0]) - want).abs() <= 0.5001, "{cs} {cb} {above} {below}");
                        assert!((f64::from(got[3]) - ao * 255.0).abs() <= 0.5001);
                        if below == 255 {
                            let mut opaque = [cb; 3];
                            multiply_rgb(&mut opaque, [cs; 3], u32::from(above));
                            assert!((f64::from(opaque[1]) - want).abs() <= 0.5001);
                            assert_eq!(opaque, got[..3]);
                        }
                    }
                }
            }
        }
    }
}
