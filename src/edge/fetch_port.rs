//! Where tiles come from on the edge: `fetch`, with the source's limits, retries and a bound on what is read.
//!
//! A capture has thousands of these, so they go to the runtime's own `fetch` with as few objects as it needs.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, RequestInit, RequestRedirect, Response, WorkerGlobalScope};
use worker::{Env, console_error};

use crate::edge::bounded_body::{ReadError, read_bounded, read_declared};
use crate::edge::clock::{now_ms, sleep_ms};
use crate::edge::lane_client::LaneClient;
use crate::edge::{config, earth};
use crate::geo::{Crs, TileCoord};
use crate::raster::natural_earth::NaturalEarth;
use crate::render::{TileBody, TileFetch};
use crate::source::{FetchError, Kind, RetryPolicy, Source, SourceId, TokenBucket};

/// How long one request for a tile may take.
const TILE_TIMEOUT_MS: u32 = 15_000;

/// Requests that begin within this time share a time-out, which is so much longer for the first of them.
const TIMEOUT_SHARE_MS: u64 = 1_000;

/// The most bytes of one tile of 256 px: more than one of 16 bits a sample that cannot be compressed has.
const TILE_BYTES: usize = 640 << 10;

/// What sources see who asks.
const USER_AGENT: &str = concat!("Mapshot/", env!("CARGO_PKG_VERSION"));

/// Where the secrets come from that addresses and headers name.
pub enum Keys {
    /// The variables and secrets of the script that runs.
    OfThisScript,
    /// Those that the lane handed over with a strip.
    Given(BTreeMap<String, String>),
}

/// Fetches tiles for one strip.
pub struct EdgeTiles {
    env: Env,
    keys: Keys,
    /// Who lends the embedded map, where this script does not have it.
    lane: Option<LaneClient>,
    /// The share of a source's rate that this strip may use.
    share: f64,
    askings: RefCell<BTreeMap<SourceId, Asking>>,
    /// The time-out of the requests that begin now, and since when.
    timeout: RefCell<Option<(u64, AbortSignal)>>,
    retries: Cell<u32>,
}

/// How one source is asked.
struct Asking {
    bucket: TokenBucket,
    headers: Headers,
}

impl EdgeTiles {
    /// `sharers` strips are rendered at once and share what a source allows.
    pub fn new(env: Env, keys: Keys, lane: Option<LaneClient>, sharers: u32) -> Self {
        let share = 1.0 / f64::from(sharers.max(1));
        Self {
            env,
            keys,
            lane,
            share,
            askings: RefCell::default(),
            timeout: RefCell::default(),
            retries: Cell::new(0),
        }
    }

    /// Requests that were repeated so far.
    pub fn retries(&self) -> u32 {
        self.retries.get()
    }

    fn key(&self, name: &str) -> Option<String> {
        match &self.keys {
            Keys::OfThisScript => config::key(&self.env, name),
            Keys::Given(keys) => keys.get(name).cloned(),
        }
    }

    /// The headers of a request, and how long to wait before it may be made.
    fn ask(&self, source: &Source) -> Result<(Headers, f64), FetchError> {
        let mut askings = self.askings.borrow_mut();
        if !askings.contains_key(source.id()) {
            let headers = Headers::new().map_err(|_| FetchError::NoAddress)?;
            let set = |name: &str, value: &str| headers.set(name, value).map_err(|_| FetchError::NoAddress);
            set("User-Agent", USER_AGENT)?;
            set("Accept", "image/webp,image/png,image/jpeg,image/*;q=0.8")?;
            for (name, value) in source.filled_headers(&|name| self.key(name))? {
                set(name, &value)?;
            }
            let rate = source.limits().max_per_second.map(|rate| rate * self.share);
            askings.insert(source.id().clone(), Asking { bucket: TokenBucket::new(rate, 1), headers });
        }
        let asking = askings.get_mut(source.id()).ok_or(FetchError::NoAddress)?;
        Ok((asking.headers.clone(), asking.bucket.take(now_ms() as f64)))
    }

    fn timeout(&self) -> AbortSignal {
        let now = now_ms();
        let mut timeout = self.timeout.borrow_mut();
        match &*timeout {
            Some((since_ms, signal)) if now.saturating_sub(*since_ms) < TIMEOUT_SHARE_MS => signal.clone(),
            _ => {
                let signal = AbortSignal::timeout_with_u32(TILE_TIMEOUT_MS + TIMEOUT_SHARE_MS as u32);
                timeout.insert((now, signal)).1.clone()
            }
        }
    }

    async fn once(&self, source: &Source, tile: TileCoord) -> Result<EdgeBody, FetchError> {
        let Kind::Xyz(template) = source.kind() else { return Err(FetchError::NoAddress) };
        let (headers, wait_ms) = self.ask(source)?;
        if wait_ms >= 1.0 {
            sleep_ms(wait_ms as u64).await;
        }
        let address = template.address(tile, &|name| self.key(name))?;
        let side = source.grid().tile_size_px() as usize;
        let limit_bytes = TILE_BYTES * (side * side).div_ceil(256 * 256);
        let signal = self.timeout();
        let init = RequestInit::new();
        init.set_headers(&headers);
        init.set_redirect(RequestRedirect::Manual);
        init.set_signal(Some(&signal));
        let broken = |_: JsValue| FetchError::Network;
        let scope: WorkerGlobalScope = js_sys::global().unchecked_into();
        let answer = JsFuture::from(scope.fetch_with_str_and_init(&address, &init)).await.map_err(broken);
        let read = match answer {
            Ok(response) => read_tile(response.unchecked_ref(), limit_bytes).await,
            Err(error) => Err(error),
        };
        match read {
            Err(FetchError::Network) if signal.aborted() => {
                Err(FetchError::Timeout { limit_ms: TILE_TIMEOUT_MS })
            }
            other => other,
        }
    }
}

impl TileFetch for EdgeTiles {
    type Body = EdgeBody;

    async fn fetch(&self, source: &Source, tile: TileCoord) -> Result<EdgeBody, FetchError> {
        let policy = RetryPolicy::default();
        for failed in 1.. {
            match self.once(source, tile).await {
                Ok(bytes) => return Ok(bytes),
                Err(error) => match policy.wait_ms(failed, &error, None, js_sys::Math::random()) {
                    Some(wait_ms) => {
                        self.retries.set(self.retries.get() + 1);
                        sleep_ms(wait_ms.into()).await;
                    }
                    None => return Err(error),
                },
            }
        }
        Err(FetchError::Network)
    }

    async fn natural_earth(&self, crs: Crs) -> Result<Rc<NaturalEarth>, FetchError> {
        earth::natural_earth(&self.env, crs, self.lane.as_ref()).await.map_err(|error| {
            console_error!("{error}");
            FetchError::EmbeddedData
        })
    }
}

/// Reads an answer, but never more than a tile may have.
async fn read_tile(response: &Response, limit_bytes: usize) -> Result<EdgeBody, FetchError> {
    let checked = check(response, limit_bytes);
    let Some(stream) = response.body() else {
        return checked.map(|_| EdgeBody(Uint8Array::new_with_length(0)));
    };
    let read = match checked {
        Ok(true) => read_declared(response).await,
        Ok(false) => read_bounded(&stream, limit_bytes).await,
        Err(error) => {
            // What is still on its way is not wanted; that it cannot be told so is no matter.
            drop(stream.cancel());
            return Err(error);
        }
    };
    read.map(EdgeBody).map_err(|error| match error {
        ReadError::Broken => FetchError::Network,
        ReadError::TooLong => FetchError::TooLarge { limit_bytes },
    })
}

/// Whether an answer is a tile's, as far as its status and headers say; true when its length is certain and in bounds.
fn check(response: &Response, limit_bytes: usize) -> Result<bool, FetchError> {
    match response.status() {
        200 => {}
        300..=399 => return Err(FetchError::Redirect),
        status => return Err(FetchError::Status(status)),
    }
    let headers = response.headers();
    let header = |name: &str| headers.get(name).ok().flatten();
    let Some(length) = header("Content-Length").and_then(|length| length.parse::<usize>().ok()) else {
        return Ok(false);
    };
    if length > limit_bytes {
        return Err(FetchError::TooLarge { limit_bytes });
    }
    // The length holds for the body only where nothing is unpacked on the way.
    Ok(header("Content-Encoding").is_none())
}

/// A tile's bytes on the runtime's side.
#[derive(Clone)]
pub struct EdgeBody(Uint8Array);

impl TileBody for EdgeBody {
    fn length_bytes(&self) -> usize {
        self.0.length() as usize
    }

    fn read(&self) -> Result<Vec<u8>, FetchError> {
        let mut bytes = Vec::new();
        let length = self.length_bytes();
        bytes.try_reserve_exact(length).map_err(|_| FetchError::OutOfMemory { bytes: length })?;
        bytes.resize(length, 0);
        self.0.copy_to(&mut bytes);
        Ok(bytes)
    }
}
