//! The catalogue with what services say of themselves: each description is read once in an isolate.

use std::cell::RefCell;
use std::rc::Rc;

use futures_util::future::join_all;
use worker::{Env, console_error};

use crate::edge::clock::now_ms;
use crate::edge::config;
use crate::edge::error::EdgeError;
use crate::edge::fetch::{EdgeTiles, Keys};
use crate::source::{Catalogue, Kind, Source, SourceId};

/// A service that could not be read is asked again after this.
const AGAIN_MS: u64 = 10_000;

thread_local! {
    /// Services that could not be read, and when that was.
    static FAILED: RefCell<Vec<(SourceId, u64)>> = const { RefCell::new(Vec::new()) };
}

/// Whose descriptions are wanted.
#[derive(Clone, Copy)]
pub enum Described<'a> {
    /// All sources'.
    All,
    /// Those of some sources, or parts of them.
    Of(&'a [&'a str]),
}

/// The catalogue in which these sources are described, as far as their services can be read. `contact` is what services
/// are told of who asks.
pub async fn with(env: &Env, wanted: Described<'_>, contact: &str) -> Result<Rc<Catalogue>, EdgeError> {
    let catalogue = config::catalogue(env)?;
    let missing: Vec<&Source> =
        catalogue.undescribed().filter(|source| is_wanted(&catalogue, source, wanted)).collect();
    let missing: Vec<&Source> = missing.into_iter().filter(|source| !failed_lately(source)).collect();
    if missing.is_empty() {
        return Ok(catalogue);
    }
    let answers = join_all(missing.iter().map(|source| read(env, source, contact))).await;
    let mut completed = Catalogue::clone(&catalogue);
    for (source, answer) in missing.iter().zip(answers) {
        let id = source.id().as_str();
        let read = answer.map_err(|error| error.to_string()).and_then(|bytes| {
            let key = |name: &str| config::key(env, name);
            completed.complete(id, &bytes, &key).map_err(|error| error.to_string())
        });
        if let Err(reason) = read {
            console_error!("source \"{id}\": {reason}");
            FAILED.with_borrow_mut(|failed| {
                failed.retain(|(known, _)| known.as_str() != id);
                failed.push((source.id().clone(), now_ms()));
            });
        }
    }
    let completed = Rc::new(completed);
    config::keep_catalogue(env, completed.clone());
    Ok(completed)
}

async fn read(env: &Env, source: &Source, contact: &str) -> Result<Vec<u8>, crate::source::FetchError> {
    EdgeTiles::new(env.clone(), Keys::OfThisScript, None, contact.to_owned()).capabilities(source).await
}

fn is_wanted(catalogue: &Catalogue, source: &Source, wanted: Described<'_>) -> bool {
    let Described::Of(ids) = wanted else { return true };
    let named = |id: &SourceId| ids.contains(&id.as_str());
    let is_part = |whole: &Source| match whole.kind() {
        Kind::Stack(parts) => named(whole.id()) && parts.iter().any(|part| part.id() == source.id()),
        _ => false,
    };
    named(source.id()) || catalogue.enabled().any(is_part)
}

fn failed_lately(source: &Source) -> bool {
    let now = now_ms();
    FAILED.with_borrow(|failed| {
        failed.iter().any(|(id, since_ms)| id == source.id() && now.saturating_sub(*since_ms) < AGAIN_MS)
    })
}
