//! What a source answers.

use mapshot::source::{Answer, AnswerRules, Content, FetchError, Report};

/// An answer: the first byte chooses the status, the rest is the body.
pub fn answer_judge(bytes: &[u8]) {
    let (status, body) = match bytes {
        [choice, body @ ..] => ([200, 204, 301, 401, 403, 404, 429, 500][usize::from(choice % 8)], body),
        [] => (200, bytes),
    };
    for has_key in [false, true] {
        let rules = AnswerRules { has_key, ..AnswerRules::default() };
        match rules.judge(status, &body) {
            Ok(Answer::Tile) => assert!(status == 200 && Content::of(body) == Content::Picture),
            Ok(Answer::Empty) => assert_ne!(Content::of(body), Content::Picture),
            Err(error) => {
                let words = error.to_string();
                assert!(!words.is_empty() && words.len() < 2_000, "{} bytes of words", words.len());
                assert!(words.chars().all(|c| !c.is_control()), "{words:?}");
                assert!(!(error.is_refused() && error.is_transient()));
                assert!(!matches!(error, FetchError::Status(200)));
            }
        }
    }
    if let Ok(text) = str::from_utf8(body) {
        assert!(Report::read(text).words().len() < 2_000);
    }
}
