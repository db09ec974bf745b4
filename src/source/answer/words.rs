//! What strangers say, made fit to be shown.

/// The most characters of a source's words that are shown.
const MAX_CHARS: usize = 400;

/// Text on one line, of bounded length, without control characters.
pub(in crate::source) fn short(text: &str) -> String {
    let mut out = String::new();
    let mut chars = 0;
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if chars > 0 {
            out.push(' ');
            chars += 1;
        }
        for c in word.chars() {
            if chars == MAX_CHARS {
                out.push_str("...");
                return out;
            }
            out.push(c);
            chars += 1;
        }
    }
    out
}

/// The text without a secret, which sources like to repeat: as it is, and as it stands in an address.
pub(in crate::source) fn hide(text: &mut String, secret: &str) {
    /// A shorter one says nothing, and hiding it would garble the words.
    const LEAST_BYTES: usize = 4;
    for form in [secret.to_owned(), crate::source::template::encoded(secret)] {
        if form.len() >= LEAST_BYTES && text.contains(&form) {
            *text = text.replace(&form, "***");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_fit_on_a_line() {
        assert_eq!(short(" a\r\n\t b\u{7}c "), "a b c");
        let long = short(&"x".repeat(1_000));
        assert_eq!(long.len(), MAX_CHARS + 3);
        assert_eq!(short(&"ab ".repeat(1_000)).chars().count(), MAX_CHARS + 3);
    }

    #[test]
    fn secrets_are_hidden_in_both_spellings() {
        let mut text = "key a/b+c=, in the address a%2Fb%2Bc%3D".to_owned();
        hide(&mut text, "a/b+c=");
        assert_eq!(text, "key ***, in the address ***");
        let mut text = "a b".to_owned();
        hide(&mut text, "a");
        assert_eq!(text, "a b");
    }
}
