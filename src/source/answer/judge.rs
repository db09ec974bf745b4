//! The judgement of an answer: a tile, nothing there, or a fault with its reason.

use std::borrow::Cow;

use crate::source::FetchError;
use crate::source::answer::content::{Content, PICTURE_BYTES, is_picture};
use crate::source::answer::marks::{Marks, digest_of};
use crate::source::answer::report::Report;
use crate::source::answer::words::short;
use crate::source::xml;

/// What an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// A picture.
    Tile,
    /// The source has no map there, which is no fault: an empty tile.
    Empty,
}

/// The bytes of an answer, wherever the host keeps them. For most answers a few are looked at.
pub trait AnswerBytes {
    /// How many there are.
    fn length_bytes(&self) -> usize;

    /// The first of them, at most so many.
    fn first(&self, most_bytes: usize) -> Cow<'_, [u8]>;
}

impl AnswerBytes for &[u8] {
    fn length_bytes(&self) -> usize {
        self.len()
    }

    fn first(&self, most_bytes: usize) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self[..self.len().min(most_bytes)])
    }
}

/// How the answers of one source are read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AnswerRules {
    /// What says that there is no map at a place.
    pub empty: Marks,
    /// Pictures of an error text, and words of faults.
    pub error: Marks,
    /// Whether requests carry a key, so that a refusal means that the key is wrong.
    pub has_key: bool,
}

/// The most bytes of what is no picture that are read.
const READ_BYTES: usize = 64 << 10;

/// Codes and words by which sources refuse a key: V-World's, and those of OGC and Esri services.
const REFUSALS: [&str; 11] = [
    "INVALID_KEY",
    "INCORRECT_KEY",
    "UNAVAILABLE_KEY",
    "UNREGISTERED_KEY",
    "UNREGISTERED_DOMAIN",
    "OVER_REQUEST_LIMIT",
    "AuthenticationFailed",
    "AccessDeniedError",
    "InvalidApiKey",
    "Invalid API key",
    "Invalid Token",
];

/// Locators by which a report names the key as the parameter at fault.
const KEY_LOCATORS: [&str; 4] = ["key", "apikey", "token", "domain"];

/// Words that say that there is no map: V-World's two, and the code of WMTS 1.0.0 (section 7.2.4, table 26).
const NO_COVERAGE: [&str; 3] = ["FileNotFound", "제공영역", "TileOutOfRange"];

/// Codes of WMS and WMTS reports that say that the request is wrong, whatever the status: asking again does not help.
const REQUEST_FAULTS: [&str; 12] = [
    "InvalidFormat",
    "InvalidCRS",
    "InvalidSRS",
    "LayerNotDefined",
    "StyleNotDefined",
    "LayerNotQueryable",
    "InvalidPoint",
    "MissingDimensionValue",
    "InvalidDimensionValue",
    "OperationNotSupported",
    "MissingParameterValue",
    "InvalidParameterValue",
];

impl AnswerRules {
    /// Judges an answer.
    ///
    /// # Errors
    /// [`FetchError`]: `Refused` where another request will be refused, too; `Said` with the source's words, or `Status`
    /// where it has none; `Redirect`.
    pub fn judge(&self, status: u16, body: &dyn AnswerBytes) -> Result<Answer, FetchError> {
        let length = body.length_bytes();
        if status != 200 && self.empty.has_status(status) {
            return Ok(Answer::Empty);
        }
        if status == 200 && is_picture(&body.first(PICTURE_BYTES)) {
            return self.picture(length, body);
        }
        if (300..400).contains(&status) {
            return Err(FetchError::Redirect);
        }
        let bytes = body.first(READ_BYTES);
        let content = Content::of(&bytes);
        let text = match content {
            Content::Xml | Content::Html | Content::Json | Content::Text => xml::decoded(&bytes),
            Content::Empty | Content::Picture | Content::Unknown => Cow::Borrowed(""),
        };
        let report = if content == Content::Xml { Report::read(&text) } else { Report::default() };
        let words = match content {
            Content::Xml => report.words(),
            Content::Html => title(&text),
            Content::Json | Content::Text => short(&text),
            Content::Empty | Content::Picture | Content::Unknown => String::new(),
        };
        if self.empty.has_text(&text) || is_no_coverage(&report) {
            return Ok(Answer::Empty);
        }
        if self.is_refusal(status, &text, &report) {
            let text = match (words.is_empty(), status) {
                (false, _) => words,
                (true, _) => format!("status {status}"),
            };
            return Err(FetchError::Refused { text });
        }
        Err(self.fault(status, content, words, &report))
    }

    /// A picture may be that of an error text, or of nothing.
    fn picture(&self, length_bytes: usize, body: &dyn AnswerBytes) -> Result<Answer, FetchError> {
        let (mut empty, mut error) =
            (self.empty.has_length(length_bytes), self.error.has_length(length_bytes));
        if self.empty.wants_digest() || self.error.wants_digest() {
            let digest = digest_of(&body.first(usize::MAX));
            empty |= self.empty.has_digest(&digest);
            error |= self.error.has_digest(&digest);
        }
        match (empty, error) {
            (true, _) => Ok(Answer::Empty),
            (false, true) => Err(said(200, "a picture that is known to show an error", false)),
            (false, false) => Ok(Answer::Tile),
        }
    }

    fn is_refusal(&self, status: u16, text: &str, report: &Report) -> bool {
        let by_status = status == 401 || (status == 403 && self.has_key);
        let by_locator = report.exceptions.iter().any(|exception| {
            KEY_LOCATORS.iter().any(|locator| exception.locator.eq_ignore_ascii_case(locator))
        });
        by_status || by_locator || REFUSALS.iter().any(|word| has_word(text, word))
    }

    fn fault(&self, status: u16, content: Content, words: String, report: &Report) -> FetchError {
        let of_request = report.exceptions.iter().any(|e| REQUEST_FAULTS.contains(&e.code.as_str()));
        let transient = FetchError::Status(status).is_transient() && !of_request;
        match (content, status) {
            // A connection that was cut looks like this, too.
            (Content::Empty, 200) => said(status, "nothing", true),
            (Content::Html, 200) if words.is_empty() => said(status, "an HTML page", transient),
            (Content::Html, 200) => said(status, &format!("an HTML page: {words}"), transient),
            (Content::Xml, 200) if words.is_empty() => said(status, "XML without words", transient),
            (_, 200) if words.is_empty() => said(status, "bytes that are no picture", transient),
            // A page says what its status says.
            (Content::Html, _) => FetchError::Status(status),
            _ if words.is_empty() || (status == 404 && content == Content::Text) => {
                FetchError::Status(status)
            }
            (Content::Xml, _) => said(status, &format!("an exception: {words}"), transient),
            _ => said(status, &format!("text: {words}"), transient),
        }
    }
}

fn said(status: u16, text: &str, transient: bool) -> FetchError {
    FetchError::Said { status, text: text.to_owned(), transient }
}

/// Whether a report says that there is no map. All of its exceptions must.
fn is_no_coverage(report: &Report) -> bool {
    let says = |text: &str| NO_COVERAGE.iter().any(|word| has_word(text, word));
    !report.exceptions.is_empty() && report.exceptions.iter().all(|e| says(&e.code) || says(&e.text))
}

/// Whether a text has a word, not as a part of a longer one: `FileNotFoundException` is another.
fn has_word(text: &str, word: &str) -> bool {
    let joins = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
    text.match_indices(word).any(|(at, _)| {
        !joins(text[..at].chars().next_back()) && !joins(text[at + word.len()..].chars().next())
    })
}

/// The title of a page.
fn title(html: &str) -> String {
    let lower = html.to_ascii_lowercase();
    let inside = || {
        let open = lower.find("<title")?;
        let from = open + lower.get(open..)?.find('>')? + 1;
        let to = from + lower.get(from..)?.find("</title")?;
        html.get(from..to)
    };
    short(inside().unwrap_or_default())
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
