use super::*;
use crate::source::answer::MarksEntry;
use crate::source::fields::FieldReader;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and so on";

fn marks(json: &str) -> Marks {
    let fields = FieldReader::new(serde_json::from_str(json).unwrap(), "");
    Marks::declared(&MarksEntry::read(fields).unwrap()).unwrap()
}

fn judge(status: u16, body: &[u8]) -> Result<Answer, FetchError> {
    AnswerRules::default().judge(status, &body)
}

fn words(status: u16, body: &[u8]) -> String {
    judge(status, body).unwrap_err().to_string()
}

#[test]
fn a_picture_is_a_tile_only_with_status_200() {
    assert_eq!(judge(200, PNG), Ok(Answer::Tile));
    assert_eq!(judge(404, PNG), Err(FetchError::Status(404)));
    assert_eq!(judge(503, PNG), Err(FetchError::Status(503)));
    assert_eq!(judge(302, PNG), Err(FetchError::Redirect));
}

#[test]
fn what_is_no_picture_is_a_fault_in_its_own_words() {
    assert_eq!(words(200, b""), "the source answered with nothing");
    assert!(judge(200, b"").unwrap_err().is_transient());
    assert_eq!(
        words(200, b"<!doctype html><TITLE>Sign\n in</TITLE>"),
        "the source answered with an HTML page: Sign in"
    );
    assert_eq!(words(200, b"\x1f\x8b\x08"), "the source answered with bytes that are no picture");
    assert_eq!(words(200, b"{\"a\":1}"), "the source answered with text: {\"a\":1}");
    assert_eq!(words(404, b"<html><title>404"), "the source answered with status 404");
    assert_eq!(words(404, b"404 page not found"), "the source answered with status 404");
    assert_eq!(words(400, b"no such style"), "the source answered with status 400 and text: no such style");
    assert_eq!(words(500, b""), "the source answered with status 500");
}

#[test]
fn reports_are_read_whatever_the_status() {
    let report = b"<ServiceExceptionReport><ServiceException code='LayerNotDefined'>no x</ServiceException>\
        <ServiceException>and more</ServiceException></ServiceExceptionReport>";
    assert_eq!(words(200, report), "the source answered with an exception: LayerNotDefined: no x; and more");
    let error = judge(500, report).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the source answered with status 500 and an exception: LayerNotDefined: no x; and more"
    );
    assert!(!error.is_transient() && !error.is_refused());
    let busy =
        b"<ServiceExceptionReport><ServiceException>too busy</ServiceException></ServiceExceptionReport>";
    assert!(judge(503, busy).unwrap_err().is_transient());
    assert!(!judge(200, busy).unwrap_err().is_transient());
}

#[test]
fn no_coverage_is_an_empty_tile() {
    let ows = |code: &str, text: &str| {
        format!(
            "<ExceptionReport><Exception exceptionCode='{code}'><ExceptionText>{text}</ExceptionText></Exception></ExceptionReport>"
        )
    };
    for (code, text) in [("X", "FileNotFound"), ("", "제공영역이 아닙니다"), ("TileOutOfRange", "column 9")]
    {
        for status in [200, 400, 404] {
            assert_eq!(judge(status, ows(code, text).as_bytes()), Ok(Answer::Empty), "{code} {text}");
        }
    }
    assert!(judge(200, ows("X", "java.io.FileNotFoundException: /data/x.tif").as_bytes()).is_err());
    assert!(judge(404, b"<html><title>FileNotFound</title>").is_err());
    // A report of a real fault beside one.
    let two =
        "<R><Exception exceptionCode='TileOutOfRange'/><Exception exceptionCode='NoApplicableCode'/></R>";
    assert!(judge(200, two.as_bytes()).is_err());
}

#[test]
fn a_wrong_key_is_refused() {
    let vworld = |code: &str| {
        format!(
            "<ServiceExceptionReport><ServiceException code='{code}'>등록되지 않은 인증키입니다.</ServiceException></ServiceExceptionReport>"
        )
    };
    for code in ["INVALID_KEY", "INCORRECT_KEY", "UNREGISTERED_DOMAIN"] {
        let error = judge(200, vworld(code).as_bytes()).unwrap_err();
        assert!(error.is_refused() && !error.is_transient(), "{code}");
        assert_eq!(
            error.to_string(),
            format!("the source refuses the request: {code}: 등록되지 않은 인증키입니다.")
        );
    }
    assert!(!judge(200, vworld("INVALID_RANGE").as_bytes()).unwrap_err().is_refused());
    let by_locator = b"<ExceptionReport><Exception exceptionCode='InvalidParameterValue' locator='key'/></ExceptionReport>";
    assert!(judge(200, by_locator).unwrap_err().is_refused());
    assert!(judge(401, b"").unwrap_err().is_refused());
    assert!(!judge(403, b"").unwrap_err().is_refused());
    let keyed = AnswerRules { has_key: true, ..AnswerRules::default() };
    let error = keyed.judge(403, &&b"<html>"[..]).unwrap_err();
    assert_eq!(error.to_string(), "the source refuses the request: status 403");
    assert!(
        judge(200, b"{\"errorType\":\"AccessDeniedError\",\"message\":\"ip mismatched\"}")
            .unwrap_err()
            .is_refused()
    );
}

#[test]
fn marks_that_the_operator_declares_are_heeded() {
    let digest = "2b90b3ea4ffb24eb9a45a92172d1f1bf95c7fbd0e1b1f6e9e1b4c0e0bdbd1d11";
    let own: String = digest_of(PNG).iter().map(|b| format!("{b:02x}")).collect();
    let rules = AnswerRules {
        empty: marks(r#"{"statuses":[404,204,302],"texts":["no data here"]}"#),
        error: marks(&format!(r#"{{"sha256":["{digest}","{own}"]}}"#)),
        has_key: false,
    };
    let judge = |status, bytes: &[u8]| rules.judge(status, &bytes);
    assert_eq!(judge(404, b"<html>"), Ok(Answer::Empty));
    assert_eq!(judge(204, b""), Ok(Answer::Empty));
    assert_eq!(judge(302, b""), Ok(Answer::Empty));
    assert_eq!(judge(200, b"there is no data here"), Ok(Answer::Empty));
    assert_eq!(
        judge(200, PNG).unwrap_err().to_string(),
        "the source answered with a picture that is known to show an error"
    );
    assert_eq!(judge(200, b"\x89PNG\r\n\x1a\n another"), Ok(Answer::Tile));
    let by_length =
        AnswerRules { empty: marks(&format!(r#"{{"bytes":[{}]}}"#, PNG.len())), ..AnswerRules::default() };
    assert_eq!(by_length.judge(200, &PNG), Ok(Answer::Empty));
    let by_digest =
        AnswerRules { empty: marks(&format!(r#"{{"sha256":["{own}"]}}"#)), ..AnswerRules::default() };
    assert_eq!(by_digest.judge(200, &PNG), Ok(Answer::Empty));
}
