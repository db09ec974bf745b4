//! A request written as a query string, for people and scripts that want no JSON:
//! `center=126.978,37.5665&radius_m=1000&source=naturalearth&zoom=8`.

use serde_json::{Map, Value, json};

use crate::job::{CaptureRequest, RequestError};

/// Reads and checks a request from decoded query parameters. `source` may name several layers, bottom to top, with
/// commas between them.
///
/// # Errors
/// [`RequestError`] naming the parameter and the value.
pub fn request_from_query<'a>(
    pairs: impl Iterator<Item = (std::borrow::Cow<'a, str>, std::borrow::Cow<'a, str>)>,
) -> Result<CaptureRequest, RequestError> {
    let (mut area, mut request) = (Map::new(), Map::new());
    for (name, text) in pairs {
        let name = name.as_ref();
        let (into, value) = match name {
            "center" | "bbox" | "size_px" => (&mut area, numbers(&text)),
            "radius_m" => (&mut area, number(&text)),
            "zoom" | "resolution_m" => (&mut request, number(&text)),
            "source" => {
                let layers = text.split(',').map(|id| json!({ "source": id })).collect();
                request.insert("layers".to_owned(), Value::Array(layers));
                continue;
            }
            _ => (&mut request, Value::String(text.into_owned())),
        };
        into.insert(name.to_owned(), value);
    }
    if !request.contains_key("layers") {
        return Err(RequestError::MissingField { field: "source".to_owned(), reason: "it must be given" });
    }
    request.insert("area".to_owned(), Value::Object(area));
    CaptureRequest::from_value(&Value::Object(request)).map_err(without_area)
}

fn numbers(text: &str) -> Value {
    Value::Array(text.split(',').map(number).collect())
}

/// A number where the text is one; otherwise the text, which then has the wrong type.
///
/// Read as JSON, as in the same request written as JSON. The standard library's own reader of fractions, used nowhere
/// else, would add 14 KB of tables and code to the compressed module.
fn number(text: &str) -> Value {
    let text = text.trim();
    serde_json::from_str(&as_json(text)).map_or_else(|_| Value::String(text.to_owned()), Value::Number)
}

/// Puts `+5`, `.5` and `007`, which people write, as JSON wants them.
fn as_json(text: &str) -> String {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').filter(|rest| !rest.starts_with('-')).unwrap_or(text)),
    };
    let plain = digits.trim_start_matches('0');
    let is_below_one = digits.starts_with(['0', '.']) && !plain.starts_with(|c: char| c.is_ascii_digit());
    format!("{sign}{}{plain}", if is_below_one { "0" } else { "" })
}

/// In a query the fields of the area stand by themselves.
fn without_area(error: RequestError) -> RequestError {
    let plain = |field: String| field.strip_prefix("area.").map_or(field.clone(), str::to_owned);
    match error {
        RequestError::WrongType { field, value, reason } => {
            RequestError::WrongType { field: plain(field), value, reason }
        }
        RequestError::UnknownField { field } => RequestError::UnknownField { field: plain(field) },
        RequestError::MissingField { field, reason } => {
            RequestError::MissingField { field: plain(field), reason }
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Explain;
    use std::borrow::Cow;

    fn parse(pairs: &[(&'static str, &'static str)]) -> Result<CaptureRequest, RequestError> {
        request_from_query(pairs.iter().map(|(k, v)| (Cow::Borrowed(*k), Cow::Borrowed(*v))))
    }

    #[test]
    fn a_query_is_the_same_request_as_its_json() {
        let query = parse(&[
            ("center", "126.978,37.5665"),
            ("radius_m", "1000"),
            ("source", "a,b"),
            ("zoom", "16"),
            ("on_missing", "mark"),
        ]);
        let json = br#"{"area":{"center":[126.978,37.5665],"radius_m":1000},
            "layers":[{"source":"a"},{"source":"b"}],"zoom":16,"on_missing":"mark"}"#;
        assert_eq!(query.unwrap().canonical(), CaptureRequest::parse(json).unwrap().canonical());
        let size =
            parse(&[("center", "1,2"), ("size_px", "300,200"), ("source", "a"), ("resolution_m", "0.5")]);
        assert!(size.is_ok());
    }

    #[test]
    fn numbers_are_read_as_people_write_them() {
        let numbers = [
            ("16", json!(16)),
            (" 16 ", json!(16)),
            ("+16", json!(16)),
            ("007", json!(7)),
            ("0", json!(0)),
            ("-0.25", json!(-0.25)),
            ("-.25", json!(-0.25)),
            ("+.5", json!(0.5)),
            ("00.5", json!(0.5)),
            ("1e3", json!(1000.0)),
            ("0e5", json!(0.0)),
        ];
        for (text, value) in numbers {
            assert_eq!(number(text), value, "{text:?}");
        }
        for text in ["", "-", "+", ".", "x", "+-5", "--5", "-+5", "0x10", "1,5", "nan", "inf", "1e999", "[1]"]
        {
            assert_eq!(number(text), json!(text), "{text:?}");
        }
    }

    #[test]
    fn errors_name_the_parameter() {
        let field = |pairs: &[(&'static str, &'static str)]| {
            let fault = parse(pairs).unwrap_err().fault();
            (fault.code, fault.field.unwrap())
        };
        let is = |code: &'static str, field: &str| (code, field.to_owned());
        assert_eq!(field(&[("zoom", "3")]), is("missing_field", "source"));
        assert_eq!(field(&[("source", "a"), ("zoom", "3")]), is("missing_field", "area"));
        assert_eq!(field(&[("source", "a"), ("bbox", "1,2,3,4"), ("zoom", "x")]), is("wrong_type", "zoom"));
        assert_eq!(
            field(&[("source", "a"), ("bbox", "1,2,x,4"), ("zoom", "3")]),
            is("wrong_type", "bbox[2]")
        );
        assert_eq!(
            field(&[("source", "a"), ("bbox", "1,2,3,4"), ("zoom", "3"), ("colour", "red")]),
            is("unknown_field", "colour")
        );
    }
}
