//! Exception reports: what a server says went wrong.

use crate::source::answer::short;
use crate::source::xml::{Event, Scanner};

/// Exceptions of one report that are kept.
const MAX_EXCEPTIONS: usize = 8;

/// Bytes of text of one exception that are kept; a stack trace goes on for pages.
const MAX_TEXT_BYTES: usize = 1_200;

/// One exception.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exception {
    /// Its code, for example `LayerNotDefined`; may be empty.
    pub code: String,
    /// The parameter that is at fault; may be empty.
    pub locator: String,
    /// In words; may be empty.
    pub text: String,
}

/// All exceptions of a report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// In the order in which they stand.
    pub exceptions: Vec<Exception>,
}

impl Report {
    /// Reads a `ServiceExceptionReport` (WMS 1.1.1 annex A.3, 1.3.0 annex E.2), an OWS `ExceptionReport` (OGC 06-121r3,
    /// section 8), or any other XML as one exception. What is broken is read as far as it goes.
    #[must_use]
    pub fn read(xml: &str) -> Self {
        let mut scanner = Scanner::new(xml);
        let mut report = Self::default();
        // Texts within a ServiceException or Exception are its; in other XML all are those of one exception.
        let mut inside: Option<usize> = None;
        let mut named = String::new();
        let mut rest = Exception::default();
        while let Ok(Some(event)) = scanner.next_event() {
            match event {
                Event::Start(element) => {
                    named.clear();
                    named.push_str(element.name());
                    let is_exception = matches!(element.name(), "ServiceException" | "Exception");
                    if is_exception && inside.is_none() && report.exceptions.len() < MAX_EXCEPTIONS {
                        let of = |name| element.attribute(name).unwrap_or_default().trim().to_owned();
                        let code = ["code", "exceptionCode"].map(of).concat();
                        report.exceptions.push(Exception {
                            code: cut(&code).to_owned(),
                            locator: cut(&of("locator")).to_owned(),
                            text: String::new(),
                        });
                        inside = Some(scanner.depth());
                    }
                }
                Event::End(_) => {
                    named.clear();
                    if inside.is_some_and(|depth| scanner.depth() < depth) {
                        inside = None;
                    }
                }
                Event::Text(text) => {
                    let exception = match inside {
                        Some(_) => report.exceptions.last_mut().unwrap_or(&mut rest),
                        None => &mut rest,
                    };
                    let is_code = ["code", "errorCode"].iter().any(|name| named.eq_ignore_ascii_case(name));
                    if is_code && exception.code.is_empty() {
                        cut(text.trim()).clone_into(&mut exception.code);
                    } else if exception.text.len() < MAX_TEXT_BYTES {
                        exception.text.push_str(cut(&text));
                        exception.text.push(' ');
                    }
                }
            }
        }
        if report.exceptions.is_empty() && rest != Exception::default() {
            report.exceptions.push(rest);
        }
        report
    }

    /// Everything in words, bounded: `code (locator): text; code: text`.
    #[must_use]
    pub fn words(&self) -> String {
        let mut words = String::new();
        for Exception { code, locator, text } in &self.exceptions {
            let text = text.trim();
            if !words.is_empty() {
                words.push_str("; ");
            }
            words.push_str(code);
            if !locator.is_empty() {
                words.push_str(" (");
                words.push_str(locator);
                words.push(')');
            }
            let is_named = !code.is_empty() || !locator.is_empty();
            if is_named && !text.is_empty() {
                words.push_str(": ");
            }
            words.push_str(text);
        }
        short(&words)
    }
}

/// At most [`MAX_TEXT_BYTES`] of a text.
fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_TEXT_BYTES)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn service_exceptions_of_both_versions_are_read() {
        let report = Report::read(
            r#"<?xml version='1.0' encoding="UTF-8" standalone="no" ?>
            <!DOCTYPE ServiceExceptionReport SYSTEM "http://schemas.opengis.net/wms/1.1.1/exception_1_1_1.dtd">
            <ServiceExceptionReport version="1.1.1">
            <ServiceException code="LayerNotDefined"> msWMSLoadGetMapParams(): WMS server error. Invalid layer(s) given in the LAYERS parameter.
            </ServiceException></ServiceExceptionReport>"#,
        );
        assert_eq!(
            report.words(),
            "LayerNotDefined: msWMSLoadGetMapParams(): WMS server error. Invalid layer(s) given in the LAYERS parameter."
        );
        let report = Report::read(
            r#"<ServiceExceptionReport version="1.3.0" xmlns="http://www.opengis.net/ogc">
            <ServiceException code="InvalidCRS" locator="CRS">one &amp; two</ServiceException>
            <ServiceException><![CDATA[<Module> three]]></ServiceException><ServiceException code="x"/></ServiceExceptionReport>"#,
        );
        assert_eq!(report.words(), "InvalidCRS (CRS): one & two; <Module> three; x");
    }

    #[test]
    fn ows_reports_are_read() {
        let report = Report::read(
            r#"<ows:ExceptionReport xmlns:ows="http://www.opengis.net/ows/1.1" version="1.1.0">
            <ows:Exception exceptionCode="InvalidParameterValue" locator="TILEMATRIX">
            <ows:ExceptionText>No such matrix</ows:ExceptionText><ows:ExceptionText>at all</ows:ExceptionText></ows:Exception>
            <ows:Exception exceptionCode="NoApplicableCode"/></ows:ExceptionReport>"#,
        );
        assert_eq!(
            report.words(),
            "InvalidParameterValue (TILEMATRIX): No such matrix at all; NoApplicableCode"
        );
    }

    #[test]
    fn other_xml_is_one_exception() {
        let report = Report::read("<Error><Code>NoSuchKey</Code><Message>not there</Message></Error>");
        assert_eq!(report.words(), "NoSuchKey: not there");
        assert_eq!(Report::read("<a/>").words(), "");
        assert_eq!(
            Report::read("<ServiceExceptionReport><ServiceException code='X'>cut o").words(),
            "X: cut o"
        );
        assert_eq!(Report::read("<r><ServiceException code='X'>whole</b>").words(), "X: whole");
    }

    #[test]
    fn floods_are_bounded() {
        let one = format!(
            "<ServiceException code='{}'>{}</ServiceException>",
            "c".repeat(9_999),
            "t ".repeat(99_999)
        );
        let report =
            Report::read(&format!("<ServiceExceptionReport>{}</ServiceExceptionReport>", one.repeat(100)));
        assert_eq!(report.exceptions.len(), MAX_EXCEPTIONS);
        assert!(report.words().len() < 500);
    }
}
