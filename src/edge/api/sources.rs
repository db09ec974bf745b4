//! The catalogue, as callers may see it, and what its operator may ask of it.

use serde::Deserialize;
use serde_json::{Value, json};
use worker::{Env, Request, Response, ResponseBuilder};

use crate::edge::api::body;
use crate::edge::catalogue::{self, Described};
use crate::edge::config;
use crate::edge::error::EdgeError;
use crate::edge::fetch::{EdgeTiles, Keys};
use crate::geo::{GRID_IDS, TileGrid};
use crate::job::RequestError;
use crate::source::{AnswerBytes, Catalogue, CatalogueError, Kind, Source, SourceCheck};

/// `GET /api/sources`.
pub async fn list(request: Request, env: &Env) -> Result<Response, EdgeError> {
    let catalogue = catalogue::with(env, Described::All, &config::contact(env, &request)).await?;
    Ok(ResponseBuilder::new().with_header("Cache-Control", "no-cache")?.from_json(&catalogue.public())?)
}

/// `GET /api/grids`: the tile grids that are known by name, as a catalogue would give them in full.
pub fn grids() -> Result<Response, EdgeError> {
    let grids = GRID_IDS.split(", ").filter_map(|id| {
        let spec = TileGrid::named(id, None).ok()?.spec();
        Some((id.to_owned(), serde_json::to_value(spec).ok()?))
    });
    let grids = Value::Object(grids.collect());
    Ok(ResponseBuilder::new().with_header("Cache-Control", "public, max-age=3600")?.from_json(&grids)?)
}

/// What is to be checked: a source of the catalogue, even one that is off, or an entry as it would stand there.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Checked {
    #[serde(default)]
    source: Option<String>,
    #[serde(default)]
    entry: Option<Value>,
}

/// `POST /api/sources/check`, for the operator alone: what would work of a source.
pub async fn check(request: Request, env: &Env) -> Result<Response, EdgeError> {
    let header = request.headers().get("Authorization")?.unwrap_or_default();
    if !header.strip_prefix("Bearer ").is_some_and(|word| config::is_operator(env, word)) {
        return Err(EdgeError::NotOperator);
    }
    let contact = config::contact(env, &request);
    let asked: Checked = serde_json::from_slice(&body::read(&request).await?)
        .map_err(|error| RequestError::Json { reason: error.to_string() })?;
    let source = match asked {
        Checked { source: Some(id), entry: None } => {
            let unknown = CatalogueError::Unknown { id: id.chars().take(80).collect() };
            config::catalogue(env)?.listed(&id).cloned().ok_or(unknown)?
        }
        Checked { source: None, entry: Some(entry) } => {
            let catalogue = Catalogue::parse("entry", &Value::Array(vec![entry]).to_string())?;
            catalogue.all().next().cloned().ok_or(CatalogueError::Unknown { id: String::new() })?
        }
        _ => return Err(RequestError::Conflict { field: "entry", other: "source" }.into()),
    };
    let mut check = SourceCheck::default();
    examine(env, &source, &contact, &mut check).await;
    if let Kind::Stack(parts) = source.kind() {
        for part in parts {
            examine(env, part, &contact, &mut check).await;
        }
    }
    let answer = json!({ "source": source.id(), "works": check.works(), "findings": check.findings });
    Ok(ResponseBuilder::new().with_header("Cache-Control", "no-store")?.from_json(&answer)?)
}

/// Looks at an entry, its service's capabilities and one tile.
async fn examine(env: &Env, source: &Source, contact: &str, check: &mut SourceCheck) {
    let key = |name: &str| config::key(env, name);
    let tiles = EdgeTiles::new(env.clone(), Keys::OfThisScript, None, contact.to_owned());
    check.entry(source, &key);
    let mut source = source.clone();
    if source.capabilities_address(&key).is_ok() {
        let answer = tiles.capabilities(&source).await;
        match check.capabilities(&source, answer.as_deref(), &key) {
            Some(completed) => source = completed,
            None => return,
        }
    } else if !matches!(source.kind(), Kind::Stack(_)) {
        check.described(&source);
    }
    let Some(request) = source.sample_request() else { return };
    let answer = tiles.raw(&source, &request).await;
    let answer = answer.as_ref().map(|(status, body)| (*status, body as &dyn AnswerBytes));
    check.tile(&source, &request, answer, &key);
}
