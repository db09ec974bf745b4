//! Character data: references resolved, bytes as text.

use std::borrow::Cow;

/// The longest name between `&` and `;` that is looked at.
const REFERENCE_CHARS: usize = 10;

/// Bytes as text: UTF-8, or UTF-16 where a byte order mark says so. What is neither has replacement characters.
pub(in crate::source) fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    let utf16 = |read: fn([u8; 2]) -> u16| {
        let units = bytes.as_chunks::<2>().0.iter().map(|pair| read(*pair)).skip(1);
        let chars = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER));
        Cow::Owned(chars.collect())
    };
    match bytes {
        [0xff, 0xfe, ..] => utf16(u16::from_le_bytes),
        [0xfe, 0xff, ..] => utf16(u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest),
        _ => String::from_utf8_lossy(bytes),
    }
}

/// Text with its references resolved: the five names of XML 1.0 (section 4.6) and characters by number. Entities that a
/// document declares itself are never expanded; they stay as they are written.
pub(super) fn resolved(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let end = after.bytes().take(REFERENCE_CHARS).position(|b| b == b';');
        match end.and_then(|end| Some((character(after.get(..end)?)?, end))) {
            Some((c, end)) => {
                out.push(c);
                rest = &after[end + 1..];
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn character(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_become_characters() {
        assert_eq!(resolved("a &lt;b&gt; &amp;amp; &quot;&apos;"), "a <b> &amp; \"'");
        assert_eq!(resolved("&#54620;&#xAE00;"), "한글");
        assert_eq!(resolved("R&D; &lol; &#xD800; &#; &한글; &"), "R&D; &lol; &#xD800; &#; &한글; &");
        assert!(matches!(resolved("plain"), Cow::Borrowed(_)));
    }

    #[test]
    fn bytes_become_text_in_the_encoding_of_their_mark() {
        assert_eq!(decoded(b"\xef\xbb\xbf<a/>"), "<a/>");
        assert_eq!(decoded(b"\xff\xfe<\0\x55\xd5"), "<핕");
        assert_eq!(decoded(b"\xfe\xff\0<\xd5\x55\0"), "<핕");
        assert_eq!(decoded(b"a\xb0b"), "a\u{fffd}b");
    }
}
