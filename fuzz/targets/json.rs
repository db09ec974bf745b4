//! What comes as text: requests, the catalogue, stored plans.

use std::borrow::Cow;

use mapshot::fault::Explain;
use mapshot::geo::TileCoord;
use mapshot::job::{CaptureRequest, RequestError, request_from_query};
use mapshot::render::{Limits, Plan, PlanSpec};
use mapshot::source::Catalogue;

/// The same bytes as the JSON of a request and as a query.
pub fn request_parse(bytes: &[u8]) {
    planned(CaptureRequest::parse(bytes));
    let Ok(text) = str::from_utf8(bytes) else { return };
    let pairs = text.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    planned(request_from_query(pairs.map(|(name, value)| (Cow::Borrowed(name), Cow::Borrowed(value)))));
}

fn planned(request: Result<CaptureRequest, RequestError>) {
    let request = match request {
        Ok(request) => request,
        Err(error) => return explained(&error),
    };
    let again = CaptureRequest::parse(request.canonical().as_bytes()).unwrap();
    assert_eq!(words(&again.canonical()), words(&request.canonical()));
    let resolved = match request.resolve(&Catalogue::with_changes(None).unwrap()) {
        Ok(resolved) => resolved,
        Err(error) => return explained(&error),
    };
    let limits = Limits::default();
    let spec = PlanSpec {
        output_grid: Default::default(),
        resampling: Default::default(),
        area: resolved.area,
        scale: resolved.scale,
        layers: resolved.layers,
        output: resolved.output,
        on_missing: resolved.on_missing,
        sample_tile: None,
    };
    match Plan::new(&spec, &limits) {
        Ok(plan) => {
            let summary = plan.summary();
            assert!(summary.width_px <= limits.max_side_px && summary.height_px <= limits.max_side_px);
            assert!(summary.extent.width() > 0.0 && summary.extent.height() > 0.0);
            let rows: u32 = (0..plan.strips()).map(|i| plan.strip_window(i).unwrap().height_px()).sum();
            assert_eq!(rows, summary.height_px);
            let stored = serde_json::to_vec(&plan).unwrap();
            assert_eq!(serde_json::from_slice::<Plan>(&stored).unwrap(), plan);
        }
        Err(error) => explained(&error),
    }
}

/// A text without its numbers, the last bit of which serde_json may read wrongly: less than any pixel.
fn words(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, '0'..='9' | '.' | 'e' | '-' | '+')).collect()
}

/// An error says something, in words of bounded length: it goes to a stranger.
fn explained(error: &impl Explain) {
    let (fault, words) = (error.fault(), error.to_string());
    assert!(!fault.code.is_empty() && !words.is_empty());
    assert!(words.len() < 2_000, "an error of {} bytes", words.len());
}

/// A catalogue's JSON.
pub fn catalogue_parse(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let catalogue = match Catalogue::parse("SOURCES", text) {
        Ok(catalogue) => catalogue,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    Catalogue::with_changes(Some(text)).unwrap();
    for source in catalogue.enabled() {
        assert!(
            catalogue.get(source.id().as_str()).is_ok_and(|found| found == source) || !source.is_described()
        );
        for tile in [TileCoord { z: 3, x: 2, y: 1 }, TileCoord { z: 255, x: i32::MIN, y: i32::MIN }] {
            // May name a secret that is not set, but does not panic.
            let _ = source.address(&tile.into(), &|_| Some("secret".to_owned()));
        }
        assert!((1..=8).contains(&source.layers(1.0, false).len()));
        let stored = serde_json::to_string(source).unwrap();
        assert_eq!(&serde_json::from_str::<mapshot::source::Source>(&stored).unwrap(), source);
    }
    serde_json::to_string(&catalogue.public()).unwrap();
}

/// A plan's JSON.
pub fn stored_plan(bytes: &[u8]) {
    let Ok(plan) = serde_json::from_slice::<Plan>(bytes) else { return };
    let summary = plan.summary();
    let strips = plan.strips();
    for index in [0, 1, strips / 2, strips.saturating_sub(1), strips, u32::MAX] {
        if let Some(strip) = plan.strip_window(index) {
            assert!(strip.height_px() <= summary.height_px && strip.width_px() == summary.width_px);
        }
    }
    assert_eq!(plan.strip_tiles().len() as u64, u64::from(strips));
    let _ = (plan.file_name(), plan.encoding().head());
    let again = serde_json::to_vec(&plan).unwrap();
    assert_eq!(serde_json::from_slice::<Plan>(&again).unwrap().strips(), strips);
}
