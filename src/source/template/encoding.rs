//! Secrets and values within addresses and headers.

use crate::source::FetchError;

/// A secret or value as it stands in an address: what could end its place in it is percent-encoded. What already is (`%2B`)
/// stays as it is, for services hand out keys in both spellings.
pub(in crate::source) fn encoded(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b':' | b',' | b'%' => {
                out.push(char::from(byte));
            }
            _ => {
                const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
                out.push('%');
                out.push(char::from(DIGITS[usize::from(byte >> 4)]));
                out.push(char::from(DIGITS[usize::from(byte & 15)]));
            }
        }
    }
    out
}

/// The names in `{key:NAME}` in a text.
pub(in crate::source) fn keys_in(text: &str) -> Vec<&str> {
    let named = text.split("{key:").skip(1);
    named
        .filter_map(|rest| rest.split_once('}'))
        .map(|(name, _)| name)
        .filter(|name| is_key_name(name))
        .collect()
}

/// A text with its secrets filled in.
pub(in crate::source) fn fill_keys(
    text: &str,
    key: &dyn Fn(&str) -> Option<String>,
) -> Result<String, FetchError> {
    let mut filled = text.to_owned();
    for name in keys_in(text) {
        let secret = key(name).ok_or_else(|| FetchError::MissingKey(name.to_owned()))?;
        filled = filled.replace(&format!("{{key:{name}}}"), &secret);
    }
    Ok(filled)
}

pub(super) fn is_key_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_cannot_leave_their_place() {
        assert_eq!(encoded("a/b?c#d&e=f+g h"), "a%2Fb%3Fc%23d%26e%3Df%2Bg%20h");
        assert_eq!(encoded("a%2Bb%3D"), "a%2Bb%3D");
        assert_eq!(encoded("EPSG:3857,지적도"), "EPSG:3857,%EC%A7%80%EC%A0%81%EB%8F%84");
    }
}
