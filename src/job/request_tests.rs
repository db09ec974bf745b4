use super::*;
use crate::fault::{Explain, Fault};

const GOOD: &str = r#"{"area":{"center":[126.978,37.5665],"radius_m":1000},
    "layers":[{"source":"naturalearth"}],"zoom":8}"#;

fn fault(json: &str) -> Fault {
    CaptureRequest::parse(json.as_bytes()).expect_err(json).fault()
}

#[test]
fn the_three_areas_and_both_scales_are_taken() {
    for json in [
        GOOD,
        r#"{"area":{"bbox":[126,37,127,38]},"layers":[{"source":"a"}],"zoom":0}"#,
        r#"{"area":{"center":[0,0],"size_px":[10,20]},"layers":[{"source":"a","opacity":0.5}],"resolution_m":2.5,
            "format":"png","on_missing":"parent"}"#,
    ] {
        CaptureRequest::parse(json.as_bytes()).unwrap();
    }
}

#[test]
fn every_mistake_is_named() {
    // request, code, field
    let cases = [
        ("nonsense", "not_json", None),
        ("[]", "wrong_type", Some("body")),
        ("7", "wrong_type", Some("body")),
        ("{}", "missing_field", Some("area")),
        (r#"{"area":{},"zoom":1}"#, "missing_field", Some("layers")),
        (r#"{"area":{},"layers":[],"zoom":1}"#, "missing_field", Some("layers")),
        (r#"{"area":{},"layers":[{"source":"a"}],"zoom":1}"#, "missing_field", Some("area")),
        (
            r#"{"area":{"radius_m":1},"layers":[{"source":"a"}],"zoom":1}"#,
            "missing_field",
            Some("area.center"),
        ),
        (
            r#"{"area":{"center":[0,0]},"layers":[{"source":"a"}],"zoom":1}"#,
            "missing_field",
            Some("area.radius_m"),
        ),
        (r#"{"area":{"bbox":[0,0,1,1]},"layers":[{"source":"a"}]}"#, "missing_field", Some("zoom")),
        (r#"{"area":{"bbox":[0,0,1,1]},"layers":[{}],"zoom":1}"#, "missing_field", Some("layers[0].source")),
        (
            r#"{"area":{"bbox":[0,0,1,1]},"layers":[{"source":"a"}],"zoom":1,"resolution_m":2}"#,
            "conflicting_fields",
            Some("resolution_m"),
        ),
        (
            r#"{"area":{"bbox":[0,0,1,1],"radius_m":5},"layers":[{"source":"a"}],"zoom":1}"#,
            "conflicting_fields",
            Some("area.bbox"),
        ),
        (
            r#"{"area":{"bbox":[0,0,1,1],"center":[0,0]},"layers":[{"source":"a"}],"zoom":1}"#,
            "conflicting_fields",
            Some("area.center"),
        ),
        (
            r#"{"area":{"bbox":[0,0,1,1]},"layers":[{"source":"a"}],"zoom":1,"colour":2}"#,
            "unknown_field",
            Some("colour"),
        ),
        (
            r#"{"area":{"bbox":[0,0,1,1],"shape":2},"layers":[{"source":"a"}],"zoom":1}"#,
            "unknown_field",
            Some("area.shape"),
        ),
        (
            r#"{"area":{"bbox":[0,0,1,1]},"layers":[{"source":"a","url":"http://x"}],"zoom":1}"#,
            "unknown_field",
            Some("layers[0].url"),
        ),
        (r#"{"area":{"bbox":[0,0,1]},"layers":[{"source":"a"}],"zoom":1}"#, "wrong_type", Some("area.bbox")),
        (
            r#"{"area":{"bbox":[0,0,1,"x"]},"layers":[{"source":"a"}],"zoom":1}"#,
            "wrong_type",
            Some("area.bbox[3]"),
        ),
        (r#"{"area":{"bbox":"all"},"layers":[{"source":"a"}],"zoom":1}"#, "wrong_type", Some("area.bbox")),
        (
            r#"{"area":{"center":[0,0],"size_px":[-1,5]},"layers":[{"source":"a"}],"zoom":1}"#,
            "wrong_type",
            Some("area.size_px[0]"),
        ),
        (
            r#"{"area":{"center":[0,0],"size_px":[1.5,5]},"layers":[{"source":"a"}],"zoom":1}"#,
            "wrong_type",
            Some("area.size_px[0]"),
        ),
        (r#"{"area":{"bbox":[0,0,1,1]},"layers":{"source":"a"},"zoom":1}"#, "wrong_type", Some("layers")),
        (
            r#"{"area":{"bbox":[0,0,1,1]},"layers":[{"source":7}],"zoom":1}"#,
            "wrong_type",
            Some("layers[0].source"),
        ),
        (
            r#"{"area":{"bbox":[0,0,1,1]},"layers":[{"source":"a"}],"zoom":"deep"}"#,
            "wrong_type",
            Some("zoom"),
        ),
        (r#"{"area":{"bbox":[0,0,1,1]},"layers":[{"source":"a"}],"zoom":-1}"#, "wrong_type", Some("zoom")),
        (
            r#"{"area":{"bbox":[0,0,1,1]},"layers":[{"source":"a"}],"zoom":1,"format":"bmp"}"#,
            "wrong_type",
            Some("format"),
        ),
        (
            r#"{"area":{"bbox":[0,0,1,1]},"layers":[{"source":"a"}],"zoom":1,"on_missing":"hide"}"#,
            "wrong_type",
            Some("on_missing"),
        ),
        (
            r#"{"area":{"bbox":[0,0,1,1]},"layers":[{"source":"a","opacity":1.5}],"zoom":1}"#,
            "out_of_range",
            Some("layers[0].opacity"),
        ),
        (
            r#"{"area":{"center":[181,0],"radius_m":5},"layers":[{"source":"a"}],"zoom":1}"#,
            "out_of_range",
            Some("area.center"),
        ),
        (
            r#"{"area":{"center":[0,0],"radius_m":0},"layers":[{"source":"a"}],"zoom":1}"#,
            "out_of_range",
            Some("area.radius_m"),
        ),
        (
            r#"{"area":{"bbox":[170,0,-170,1]},"layers":[{"source":"a"}],"zoom":1}"#,
            "crosses_antimeridian",
            Some("area.bbox"),
        ),
        (r#"{"area":{"bbox":[1,0,1,1]},"layers":[{"source":"a"}],"zoom":1}"#, "empty_box", Some("area.bbox")),
    ];
    for (json, code, field) in cases {
        let got = fault(json);
        assert_eq!((got.code, got.field.as_deref()), (code, field), "{json}");
    }
    let nine = format!(
        r#"{{"area":{{"bbox":[0,0,1,1]}},"layers":[{}],"zoom":1}}"#,
        [r#"{"source":"a"}"#; 9].join(",")
    );
    assert_eq!(fault(&nine).code, "too_many_layers");
}

#[test]
fn the_value_is_told_and_shortened() {
    let long = "x".repeat(5000);
    let got = fault(&format!(r#"{{"area":{{"bbox":"{long}"}},"layers":[{{"source":"a"}}],"zoom":1}}"#));
    let value = got.value.unwrap();
    assert!(value.starts_with("\"xxx") && value.len() < 100);
}

#[test]
fn sources_are_looked_up_by_id_alone() {
    let catalogue = Catalogue::with_changes(None).unwrap();
    let resolved = CaptureRequest::parse(GOOD.as_bytes()).unwrap().resolve(&catalogue).unwrap();
    assert_eq!(resolved.layers[0].source.id().as_str(), "naturalearth");
    assert_eq!(
        (resolved.output, resolved.on_missing),
        (Output::Png(crate::codec::output::Effort::Fast), OnMissing::Fail)
    );
    for id in ["nowhere", "http://evil.test/{z}/{x}/{y}", "", "../../etc"] {
        let json = GOOD.replace("naturalearth", id);
        let error = CaptureRequest::parse(json.as_bytes()).unwrap().resolve(&catalogue).unwrap_err().fault();
        assert_eq!((error.code, error.field.as_deref()), ("unknown_source", Some("layers[0].source")));
    }
}

#[test]
fn spelling_does_not_change_the_canonical_form() {
    let a = CaptureRequest::parse(GOOD.as_bytes()).unwrap();
    let b = CaptureRequest::parse(
        br#"{"zoom":8,"format":"png","on_missing":"fail","layers":[{"opacity":1,"source":"naturalearth"}],
            "area":{"radius_m":1e3,"center":[126.978,37.5665]}}"#,
    )
    .unwrap();
    assert_eq!(a.canonical(), b.canonical());
    assert_ne!(a.canonical(), CaptureRequest::parse(GOOD.replace('8', "7").as_bytes()).unwrap().canonical());
}

#[test]
fn an_error_is_short_however_long_the_value_is() {
    let long = "\u{1}".repeat(10_000);
    let body = serde_json::json!({ "area": { "radius_m": long }, "layers": [], "zoom": 1 }).to_string();
    let words = CaptureRequest::parse(body.as_bytes()).unwrap_err().to_string();
    assert!(words.len() < 400 && words.ends_with("expected f64"), "{words}");
}
