//! The colours that a source declares its tiles to have.

/// The colours that a source declares its tiles to have, so that an image needs fewer bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Colours {
    /// Any.
    Any,
    /// Greys alone.
    Grey,
    /// These alone: red, green, blue.
    Palette(Vec<[u8; 3]>),
}

impl Colours {
    /// The most colours of a palette: a PNG has 256, of which some are kept for marks.
    pub const MOST: usize = 252;

    /// From what an entry says; in words what is wrong with it.
    pub(super) fn declared(grey: bool, palette: Option<&[String]>) -> Result<Self, &'static str> {
        match (grey, palette) {
            (false, None) => Ok(Self::Any),
            (true, None) => Ok(Self::Grey),
            (true, Some(_)) => Err("must be absent where grey is true"),
            (false, Some(list)) if !(1..=Self::MOST).contains(&list.len()) => Err("must be 1 to 252 colours"),
            (false, Some(list)) => {
                let colours: Option<Vec<_>> = list.iter().map(|text| colour(text)).collect();
                colours.map(Self::Palette).ok_or("must be a list of colours such as #a0b1c2")
            }
        }
    }
}

/// A colour such as `#a0b1c2`.
fn colour(text: &str) -> Option<[u8; 3]> {
    let digits =
        text.strip_prefix('#').filter(|d| d.len() == 6 && d.bytes().all(|b| b.is_ascii_hexdigit()))?;
    let [_, r, g, b] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
    Some([r, g, b])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_palette_is_read_or_told_what_is_wrong() {
        let of = |list: &[&str]| {
            let list: Vec<String> = list.iter().map(|s| (*s).to_owned()).collect();
            Colours::declared(false, Some(&list))
        };
        assert_eq!(of(&["#a0b1C2", "#000000"]), Ok(Colours::Palette(vec![[0xa0, 0xb1, 0xc2], [0; 3]])));
        for bad in ["a0b1c2", "#a0b1c", "#a0b1c2d", "#+0b1c2", "#gggggg", "#a0b1é", ""] {
            assert!(of(&[bad]).is_err(), "{bad}");
        }
        assert!(of(&[]).is_err() && of(&["#000000"; 253]).is_err() && of(&["#000000"; 252]).is_ok());
        assert!(Colours::declared(true, Some(&[])).is_err());
        assert_eq!(Colours::declared(true, None), Ok(Colours::Grey));
    }
}
