//! What some bytes are.

use crate::source::xml::{Event, Scanner};

/// What some bytes are, by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// None at all.
    Empty,
    /// A picture, of whatever kind.
    Picture,
    /// A page for people.
    Html,
    /// XML: an exception report, as a rule.
    Xml,
    /// JSON.
    Json,
    /// Other text.
    Text,
    /// None of these.
    Unknown,
}

/// Bytes from which a picture is known.
pub(super) const PICTURE_BYTES: usize = 32;

/// Whether bytes begin as a picture does: PNG, JPEG, GIF, WebP, TIFF, BMP, AVIF and HEIF, JPEG 2000, JPEG XL.
#[must_use]
pub fn is_picture(bytes: &[u8]) -> bool {
    match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..]
        | [0xff, 0xd8, 0xff, ..]
        | [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..]
        | [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..]
        | [b'I', b'I', 42, 0, ..]
        | [b'M', b'M', 0, 42, ..]
        | [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..]
        | [0xff, 0x4f, 0xff, 0x51, ..]
        | [0xff, 0x0a, ..] => true,
        [0, 0, 0, _, kind @ ..] => {
            [&b"ftypavi"[..], b"ftyphei", b"ftypmif1", b"jP  ", b"JXL "].iter().any(|k| kind.starts_with(k))
        }
        _ => false,
    }
}

impl Content {
    /// What some bytes are; the first few thousand tell.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        if bytes.is_empty() {
            return Self::Empty;
        }
        if is_picture(bytes) {
            return Self::Picture;
        }
        let text = crate::source::xml::decoded(bytes);
        let text = text.trim_start();
        match text.bytes().next() {
            None => Self::Empty,
            Some(b'<') if is_html(text) => Self::Html,
            Some(b'<') => Self::Xml,
            Some(b'{' | b'[') => Self::Json,
            // Text in another encoding than UTF-8 has odd bytes, but no control characters.
            Some(_) if text.bytes().all(|b| b >= b' ' || b.is_ascii_whitespace()) => Self::Text,
            Some(_) => Self::Unknown,
        }
    }
}

/// Whether a document is HTML, XHTML with an XML declaration included.
fn is_html(text: &str) -> bool {
    let begins = |with: &str| text.get(..with.len()).is_some_and(|b| b.eq_ignore_ascii_case(with));
    if begins("<!doctype html") {
        return true;
    }
    let root = match Scanner::new(text).next_event() {
        Ok(Some(Event::Start(root))) => root.name().to_ascii_lowercase(),
        _ => return false,
    };
    matches!(
        root.as_str(),
        "html" | "head" | "body" | "script" | "center" | "title" | "h1" | "h2" | "p" | "br"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_say_what_they_are() {
        let cases: [(&[u8], Content); 20] = [
            (b"", Content::Empty),
            (b" \r\n", Content::Empty),
            (b"\x89PNG\r\n\x1a\n....", Content::Picture),
            (b"\xff\xd8\xff\xe0", Content::Picture),
            (b"GIF89a..", Content::Picture),
            (b"RIFF\0\0\0\0WEBPVP8 ", Content::Picture),
            (b"II*\0", Content::Picture),
            (b"BM\x36\x30\0\0\0\0\0\0\x36", Content::Picture),
            (b"\0\0\0\x20ftypavif", Content::Picture),
            (b"BMW is a make of cars", Content::Text),
            (b"<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 3.2//EN\"><html>", Content::Html),
            (b"\xef\xbb\xbf\n<HTML><body>", Content::Html),
            (b"<?xml version=\"1.0\"?><html xmlns=\"x\">", Content::Html),
            (b"<h1>503</h1>", Content::Html),
            (b"<?xml version='1.0'?><ServiceExceptionReport/>", Content::Xml),
            (b"<html-ish/>", Content::Xml),
            (b"{\"error\":1}", Content::Json),
            (b"Forbidden", Content::Text),
            (b"\xb0\xa1\xb3\xaa", Content::Text),
            (b"\x1f\x8b\x08\0\0", Content::Unknown),
        ];
        for (bytes, content) in cases {
            assert_eq!(Content::of(bytes), content, "{}", String::from_utf8_lossy(bytes));
        }
    }
}
