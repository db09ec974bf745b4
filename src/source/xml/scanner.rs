//! A pull scanner for XML: start tags, end tags and text, in order.

use std::borrow::Cow;

use thiserror::Error;

use crate::source::xml::Element;
use crate::source::xml::text::resolved;

/// Elements within one another: capabilities nest layers, none as deep as this.
const MAX_DEPTH: usize = 64;

/// What comes next in a document.
#[derive(Debug, Clone, PartialEq)]
pub enum Event<'a> {
    /// A start tag. An empty element (`<a/>`) is followed by its end like any other.
    Start(Element<'a>),
    /// The end of the innermost open element, by its name without prefix.
    End(&'a str),
    /// Text that is not white space alone, with its references resolved.
    Text(Cow<'a, str>),
}

/// Why a document cannot be read further.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the XML is broken at byte {at}: {reason}")]
pub struct XmlError {
    /// Where.
    pub at: usize,
    /// What is wrong.
    pub reason: &'static str,
}

/// Reads a document event by event.
///
/// Comments, processing instructions and the document type are passed over: nothing in them is followed or expanded.
///
/// # Guarantees
/// Memory is bounded by 64 open elements; the document itself is borrowed. Every start has its end, in order.
#[derive(Debug)]
pub struct Scanner<'a> {
    text: &'a str,
    at: usize,
    open: Vec<&'a str>,
    /// The element that was just read has no content.
    empty: bool,
    seen_root: bool,
}

impl<'a> Scanner<'a> {
    /// Begins at the start of a document.
    #[must_use]
    pub const fn new(text: &'a str) -> Self {
        Self { text, at: 0, open: Vec::new(), empty: false, seen_root: false }
    }

    /// Open elements.
    #[must_use]
    pub const fn depth(&self) -> usize {
        self.open.len()
    }

    /// The next event; `None` after the root element.
    ///
    /// # Errors
    /// [`XmlError`]; the scanner is at its end then.
    pub fn next_event(&mut self) -> Result<Option<Event<'a>>, XmlError> {
        let event = self.advance();
        if event.is_err() {
            self.at = self.text.len();
            self.open.clear();
            self.seen_root = true;
        }
        event
    }

    /// The text of the element that was just entered, up to its end and without its markup, trimmed.
    ///
    /// # Errors
    /// [`XmlError`].
    pub fn text_of_element(&mut self) -> Result<String, XmlError> {
        let depth = self.depth();
        let mut all = String::new();
        while self.depth() >= depth {
            match self.next_event()? {
                Some(Event::Text(text)) => all.push_str(&text),
                Some(_) => {}
                None => break,
            }
        }
        Ok(all.trim().to_owned())
    }

    fn advance(&mut self) -> Result<Option<Event<'a>>, XmlError> {
        if self.empty {
            self.empty = false;
            return Ok(self.open.pop().map(Event::End));
        }
        loop {
            if self.seen_root && self.open.is_empty() {
                return Ok(None);
            }
            let rest = self.rest();
            if rest.is_empty() {
                return Err(self.broken("it ends within an element"));
            }
            if let Some(text) = rest.strip_prefix("<![CDATA[") {
                let end = text.find("]]>").ok_or_else(|| self.broken("a CDATA section does not end"))?;
                self.at += 9 + end + 3;
                if !text[..end].trim().is_empty() && !self.open.is_empty() {
                    return Ok(Some(Event::Text(Cow::Borrowed(&text[..end]))));
                }
            } else if rest.starts_with("<!--") {
                self.pass("-->")?;
            } else if rest.starts_with("<?") {
                self.pass("?>")?;
            } else if rest.starts_with("<!") {
                self.pass_declaration()?;
            } else if rest.starts_with("</") {
                return self.end_tag().map(Some);
            } else if rest.starts_with('<') {
                return self.start_tag().map(Some);
            } else {
                let end = rest.find('<').unwrap_or(rest.len());
                self.at += end;
                let text = &rest[..end];
                if !text.trim().is_empty() {
                    if self.open.is_empty() {
                        return Err(self.broken("there is text outside of the root element"));
                    }
                    return Ok(Some(Event::Text(resolved(text))));
                }
            }
        }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    const fn broken(&self, reason: &'static str) -> XmlError {
        XmlError { at: self.at, reason }
    }

    fn pass(&mut self, end: &str) -> Result<(), XmlError> {
        let found =
            self.rest().find(end).ok_or_else(|| self.broken("a comment or instruction does not end"))?;
        self.at += found + end.len();
        Ok(())
    }

    /// Passes `<!DOCTYPE ...>` over, with what may stand within its brackets and quotes.
    fn pass_declaration(&mut self) -> Result<(), XmlError> {
        let (mut brackets, mut quote) = (0usize, None);
        for (at, byte) in self.rest().bytes().enumerate() {
            match (quote, byte) {
                (Some(open), _) if byte == open => quote = None,
                (Some(_), _) => {}
                (None, b'"' | b'\'') => quote = Some(byte),
                (None, b'[') => brackets += 1,
                (None, b']') => brackets = brackets.saturating_sub(1),
                (None, b'>') if brackets == 0 => {
                    self.at += at + 1;
                    return Ok(());
                }
                _ => {}
            }
        }
        Err(self.broken("a declaration does not end"))
    }

    fn end_tag(&mut self) -> Result<Event<'a>, XmlError> {
        let rest = self.rest();
        let end = rest.find('>').ok_or_else(|| self.broken("a tag does not end"))?;
        let name = local(rest[2..end].trim_end());
        match self.open.pop() {
            Some(open) if open == name => {
                self.at += end + 1;
                Ok(Event::End(open))
            }
            _ => Err(self.broken("an end tag is not that of the element that is open")),
        }
    }

    fn start_tag(&mut self) -> Result<Event<'a>, XmlError> {
        let tag = &self.rest()[1..];
        let mut quote = None;
        let end = tag.bytes().position(|byte| {
            match (quote, byte) {
                (Some(open), _) if byte == open => quote = None,
                (None, b'"' | b'\'') => quote = Some(byte),
                (None, b'>') => return true,
                _ => {}
            }
            false
        });
        let end = end.ok_or_else(|| self.broken("a tag does not end"))?;
        let inside = &tag[..end];
        let (inside, empty) = match inside.strip_suffix('/') {
            Some(inside) => (inside, true),
            None => (inside, false),
        };
        let (name, attributes) =
            inside.split_at(inside.find(|c: char| c.is_ascii_whitespace()).unwrap_or(inside.len()));
        let is_name = name.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && !name.contains(['<', '"', '\'', '=', '/', '&']);
        if !is_name {
            return Err(self.broken("a tag has no name"));
        }
        if self.open.len() == MAX_DEPTH {
            return Err(self.broken("its elements are nested too deep"));
        }
        self.at += end + 2;
        self.empty = empty;
        self.seen_root = true;
        self.open.push(local(name));
        Ok(Event::Start(Element::new(local(name), attributes)))
    }
}

/// A name without its prefix.
pub(super) fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(text: &str) -> Result<Vec<String>, XmlError> {
        let mut scanner = Scanner::new(text);
        let mut all = Vec::new();
        while let Some(event) = scanner.next_event()? {
            all.push(match event {
                Event::Start(element) => format!("<{}>", element.name()),
                Event::End(name) => format!("</{name}>"),
                Event::Text(text) => text.into_owned(),
            });
        }
        Ok(all)
    }

    #[test]
    fn tags_and_text_come_in_order() {
        let text = "<?xml version='1.0'?>\n<!-- <a> --><ows:A x=\"1>2\">\n one &lt; <b:c/><![CDATA[<two>]]></ows:A>\n";
        assert_eq!(events(text).unwrap(), ["<A>", "\n one < ", "<c>", "</c>", "<two>", "</A>"]);
    }

    #[test]
    fn a_document_type_is_passed_over_and_its_entities_stay_words() {
        let text = r#"<!DOCTYPE WMT_MS_Capabilities SYSTEM "http://h/c.dtd" [
            <!ELEMENT VendorSpecificCapabilities EMPTY> <!ENTITY x "]>"> <!ENTITY y SYSTEM "file:///etc/passwd">]>
            <a>&x;&y;</a>"#;
        assert_eq!(events(text).unwrap(), ["<a>", "&x;&y;", "</a>"]);
    }

    #[test]
    fn broken_documents_are_told_where() {
        for bad in [
            "",
            "text",
            "<a>",
            "<a></b>",
            "<a",
            "<a b='>",
            "<!-- ",
            "<!DOCTYPE [",
            "< a/>",
            "<a>&<",
            "</a>",
            "<1/>",
        ] {
            assert!(events(bad).is_err(), "{bad}");
        }
        assert_eq!(
            events("<a>..</b>"),
            Err(XmlError { at: 5, reason: "an end tag is not that of the element that is open" })
        );
        let deep = "<a>".repeat(65);
        assert_eq!(events(&deep).unwrap_err().reason, "its elements are nested too deep");
        assert!(events(&format!("{}{}", "<a>".repeat(64), "</a>".repeat(64))).is_ok());
    }

    #[test]
    fn what_follows_the_root_is_not_read() {
        assert_eq!(events("<a/><b/>").unwrap(), ["<a>", "</a>"]);
    }

    #[test]
    fn the_text_of_an_element_has_no_markup() {
        let mut scanner = Scanner::new("<a><b> one <i>two</i> </b><c/></a>");
        scanner.next_event().unwrap();
        scanner.next_event().unwrap();
        assert_eq!(scanner.text_of_element().unwrap(), "one two");
        assert!(matches!(scanner.next_event().unwrap(), Some(Event::Start(c)) if c.name() == "c"));
        assert_eq!(scanner.text_of_element().unwrap(), "");
        assert_eq!(scanner.next_event().unwrap(), Some(Event::End("a")));
    }
}
