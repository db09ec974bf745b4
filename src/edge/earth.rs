//! The embedded map's data: a static file, read on first use and kept for the life of the isolate.

use std::cell::RefCell;
use std::rc::Rc;

use worker::{Env, Response};

use crate::edge::binding;
use crate::edge::error::EdgeError;
use crate::edge::lane_client::LaneClient;
use crate::geo::Crs;
use crate::raster::natural_earth::NaturalEarth;

thread_local! {
    // Plain data: unlike a future, it may be shared by all objects of the isolate.
    static LOADED: RefCell<Option<Rc<NaturalEarth>>> = const { RefCell::new(None) };
}

/// Where the data lies among the static files.
pub const PATH: &str = "/data/naturalearth.bin";

/// The data in the units of a CRS. Only the script that answers HTTP has static files; a renderer passes its lane, which
/// lives there and lends it.
pub async fn natural_earth(
    env: &Env,
    crs: Crs,
    lane: Option<&LaneClient>,
) -> Result<Rc<NaturalEarth>, EdgeError> {
    let loaded = LOADED.with_borrow(Clone::clone).filter(|earth| earth.crs() == crs);
    if let Some(earth) = loaded {
        return Ok(earth);
    }
    let mut response = match lane {
        Some(lane) => lane.embedded_data().await?,
        None => file(env).await?,
    };
    if response.status_code() != 200 {
        return Err(EdgeError::Runtime("the embedded map is not among the static files".to_owned()));
    }
    let earth = Rc::new(NaturalEarth::parse(&response.bytes().await?, crs)?);
    LOADED.set(Some(earth.clone()));
    Ok(earth)
}

/// The file itself.
pub async fn file(env: &Env) -> Result<Response, EdgeError> {
    Ok(env.assets(binding::ASSETS)?.fetch(format!("http://assets{PATH}"), None).await?)
}
