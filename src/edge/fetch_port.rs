//! Where tiles come from on the edge: `fetch`, with the source's limits, retries and a bound on what is read.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use js_sys::Uint8Array;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use worker::{AbortController, Env, Fetch, Headers, Request, Response, ResponseBody, console_error};

use crate::edge::clock::{now_ms, sleep_ms, within_ms};
use crate::edge::lane_client::LaneClient;
use crate::edge::{config, earth};
use crate::geo::{Crs, TileCoord};
use crate::raster::natural_earth::NaturalEarth;
use crate::render::TileFetch;
use crate::source::{FetchError, Kind, Pace, RetryPolicy, Source, SourceId};

/// How long one request for a tile may take.
const TILE_TIMEOUT_MS: u32 = 15_000;

/// The most bytes of one tile of 256 px; far more than any such image has.
const TILE_BYTES: usize = 1 << 20;

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
    paces: RefCell<BTreeMap<SourceId, Pace>>,
    retries: Cell<u32>,
}

impl EdgeTiles {
    /// `sharers` strips are rendered at once and share what a source allows.
    pub fn new(env: Env, keys: Keys, lane: Option<LaneClient>, sharers: u32) -> Self {
        let share = 1.0 / f64::from(sharers.max(1));
        Self { env, keys, lane, share, paces: RefCell::default(), retries: Cell::new(0) }
    }

    /// Requests that were repeated so far.
    pub fn retries(&self) -> u32 {
        self.retries.get()
    }

    async fn wait_for_turn(&self, source: &Source) {
        let wait_ms = {
            let mut paces = self.paces.borrow_mut();
            let pace = paces
                .entry(source.id().clone())
                .or_insert_with(|| Pace::new(source.limits().max_per_second.map(|rate| rate * self.share)));
            pace.take(now_ms() as f64)
        };
        if wait_ms >= 1.0 {
            sleep_ms(wait_ms as u64).await;
        }
    }

    fn request(&self, source: &Source, tile: TileCoord) -> Result<Request, FetchError> {
        let Kind::Xyz(template) = source.kind() else { return Err(FetchError::NoAddress) };
        let key = |name: &str| match &self.keys {
            Keys::OfThisScript => config::key(&self.env, name),
            Keys::Given(keys) => keys.get(name).cloned(),
        };
        let address = template.address(tile, &key)?;
        let headers = Headers::new();
        let set = |name: &str, value: &str| headers.set(name, value).map_err(|_| FetchError::NoAddress);
        set("User-Agent", USER_AGENT)?;
        set("Accept", "image/webp,image/png,image/jpeg,image/*;q=0.8")?;
        for (name, value) in source.filled_headers(&key)? {
            set(name, &value)?;
        }
        let init = web_sys::RequestInit::new();
        init.set_headers(&headers.0);
        init.set_redirect(web_sys::RequestRedirect::Manual);
        let request = web_sys::Request::new_with_str_and_init(&address, &init);
        Ok(request.map_err(|_| FetchError::NoAddress)?.into())
    }

    async fn once(&self, source: &Source, tile: TileCoord) -> Result<Vec<u8>, FetchError> {
        self.wait_for_turn(source).await;
        let request = self.request(source, tile)?;
        let side = source.grid().tile_size_px() as usize;
        let limit_bytes = TILE_BYTES * (side * side).div_ceil(256 * 256);
        let abort = AbortController::default();
        let signal = abort.signal();
        let answer = within_ms(TILE_TIMEOUT_MS.into(), async {
            let response = Fetch::Request(request).send_with_signal(&signal).await;
            read_tile(response.map_err(|_| FetchError::Network)?, limit_bytes).await
        });
        match answer.await {
            Some(Ok(bytes)) => Ok(bytes),
            Some(Err(error)) => {
                // Whatever is still on its way is not wanted.
                abort.abort();
                Err(error)
            }
            None => {
                abort.abort();
                Err(FetchError::Timeout { limit_ms: TILE_TIMEOUT_MS })
            }
        }
    }
}

impl TileFetch for EdgeTiles {
    async fn fetch(&self, source: &Source, tile: TileCoord) -> Result<Vec<u8>, FetchError> {
        let policy = RetryPolicy::default();
        for failed in 1.. {
            match self.once(source, tile).await {
                Ok(bytes) => return Ok(bytes),
                Err(error) => match policy.wait_ms(failed, &error) {
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
async fn read_tile(mut response: Response, limit_bytes: usize) -> Result<Vec<u8>, FetchError> {
    match response.status_code() {
        200 => {}
        300..=399 => return Err(FetchError::Redirect),
        status => return Err(FetchError::Status(status)),
    }
    let header = |name: &str| response.headers().get(name).ok().flatten();
    let plain = header("Content-Encoding").is_none();
    let declared = header("Content-Length").and_then(|length| length.parse::<usize>().ok());
    match declared {
        Some(length) if length > limit_bytes => Err(FetchError::TooLarge { limit_bytes }),
        // The length holds for the body only where nothing is unpacked on the way; then one call reads it all.
        Some(_) if plain => read_whole(&response).await,
        _ => {
            let stream = response.stream().map_err(|_| FetchError::Network)?;
            read_bounded(stream, limit_bytes).await.map_err(|error| match error {
                ReadError::Broken => FetchError::Network,
                ReadError::TooLong => FetchError::TooLarge { limit_bytes },
            })
        }
    }
}

async fn read_whole(response: &Response) -> Result<Vec<u8>, FetchError> {
    let ResponseBody::Stream(stream) = response.body() else { return Ok(Vec::new()) };
    let whole =
        web_sys::Response::new_with_opt_readable_stream(Some(stream)).map_err(|_| FetchError::Network)?;
    let buffer = JsFuture::from(whole.array_buffer().map_err(|_| FetchError::Network)?).await;
    let buffer = buffer.map_err(|_| FetchError::Network)?;
    Ok(Uint8Array::new(&buffer.unchecked_into::<js_sys::ArrayBuffer>()).to_vec())
}

/// Why a stream was not read to its end.
pub enum ReadError {
    /// It broke.
    Broken,
    /// It has more than was allowed.
    TooLong,
}

/// Reads a stream to its end, but never more than `limit_bytes`.
pub async fn read_bounded(
    mut stream: impl futures_util::Stream<Item = worker::Result<Vec<u8>>> + Unpin,
    limit_bytes: usize,
) -> Result<Vec<u8>, ReadError> {
    use futures_util::StreamExt;
    let mut bytes = Vec::new();
    while let Some(piece) = stream.next().await {
        let mut piece = piece.map_err(|_| ReadError::Broken)?;
        if bytes.len() + piece.len() > limit_bytes {
            return Err(ReadError::TooLong);
        }
        bytes.append(&mut piece);
    }
    Ok(bytes)
}
