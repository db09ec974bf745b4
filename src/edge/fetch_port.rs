//! Where tiles come from on the edge: `fetch`, with the source's limits, retries and a bound on what is read.
//!
//! A capture has thousands of these, so they go to the runtime's own `fetch` with as few objects as it needs.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use js_sys::Uint8Array;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, RequestInit, RequestRedirect, Response, WorkerGlobalScope};
use worker::{Env, console_error};

use crate::edge::bounded_body::{ReadError, read_bounded, read_declared};
use crate::edge::clock::{now_ms, sleep_ms};
use crate::edge::lane_client::LaneClient;
use crate::edge::{config, earth};
use crate::geo::Crs;
use crate::raster::natural_earth::NaturalEarth;
use crate::render::{TileBody, TileFetch};
use crate::source::{
    Answer, AnswerBytes, FetchError, Source, SourceId, TileRequest, TokenBucket, retry_after_ms,
};

/// Requests that begin within this time share a time-out, which is so much longer for the first of them.
const TIMEOUT_SHARE_MS: u64 = 1_000;

/// The most bytes that are read of an answer that its status already says is no tile.
const WORDS_BYTES: usize = 64 << 10;

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
    retries: Cell<u32>,
}

/// How one source is asked.
struct Asking {
    bucket: TokenBucket,
    headers: Headers,
    /// The time-out of the requests that begin now, and since when.
    timeout: Option<(u64, AbortSignal)>,
}

/// What a request needs, and how long to wait before it is made.
struct Asked {
    headers: Headers,
    wait_ms: f64,
    signal: AbortSignal,
}

impl EdgeTiles {
    /// `sharers` strips are rendered at once and share what a source allows.
    pub fn new(env: Env, keys: Keys, lane: Option<LaneClient>, sharers: u32) -> Self {
        let share = 1.0 / f64::from(sharers.max(1));
        Self { env, keys, lane, share, askings: RefCell::default(), retries: Cell::new(0) }
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

    fn ask(&self, source: &Source) -> Result<Asked, FetchError> {
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
            askings.insert(
                source.id().clone(),
                Asking { bucket: TokenBucket::new(rate, 1), headers, timeout: None },
            );
        }
        let asking = askings.get_mut(source.id()).ok_or(FetchError::NoAddress)?;
        let now = now_ms();
        let wait_ms = asking.bucket.take(now as f64);
        let signal = match &asking.timeout {
            // One that waits for its turn has a time-out of its own.
            Some((since_ms, signal)) if wait_ms < 1.0 && now.saturating_sub(*since_ms) < TIMEOUT_SHARE_MS => {
                signal.clone()
            }
            _ => {
                let limit_ms = u64::from(source.limits().timeout_ms) + TIMEOUT_SHARE_MS + wait_ms as u64;
                let signal = AbortSignal::timeout_with_u32(u32::try_from(limit_ms).unwrap_or(u32::MAX));
                if wait_ms < 1.0 {
                    asking.timeout = Some((now, signal.clone()));
                }
                signal
            }
        };
        Ok(Asked { headers: asking.headers.clone(), wait_ms, signal })
    }

    /// Makes one request. With an error comes how long the source asks to wait.
    async fn once(
        &self,
        source: &Source,
        request: &TileRequest,
    ) -> Result<Option<EdgeBody>, (FetchError, Option<u64>)> {
        let at_once = |error| (error, None);
        let key = |name: &str| self.key(name);
        let address = source.address(request, &key).map_err(at_once)?;
        let Asked { headers, wait_ms, signal } = self.ask(source).map_err(at_once)?;
        if wait_ms >= 1.0 {
            sleep_ms(wait_ms as u64).await;
        }
        let init = RequestInit::new();
        init.set_headers(&headers);
        init.set_redirect(RequestRedirect::Manual);
        init.set_signal(Some(&signal));
        let scope: WorkerGlobalScope = js_sys::global().unchecked_into();
        let broken = || match signal.aborted() {
            true => FetchError::Timeout { limit_ms: source.limits().timeout_ms },
            false => FetchError::Network,
        };
        let answer = JsFuture::from(scope.fetch_with_str_and_init(&address, &init)).await;
        let response: Response = answer.map_err(|_| at_once(broken()))?.unchecked_into();
        let status = response.status();
        let body = match read_answer(&response, source.answer_bytes()).await {
            Err(FetchError::Network) => Err(at_once(broken())),
            read => read.map_err(at_once),
        }?;
        match source.judge(status, &body, &key) {
            Ok(Answer::Tile) => Ok(Some(body)),
            Ok(Answer::Empty) => Ok(None),
            Err(error) => {
                let asked = response.headers().get("Retry-After").ok().flatten();
                Err((error, asked.and_then(|header| retry_after_ms(&header, now_ms()))))
            }
        }
    }
}

impl TileFetch for EdgeTiles {
    type Body = EdgeBody;

    async fn fetch(&self, source: &Source, request: &TileRequest) -> Result<Option<EdgeBody>, FetchError> {
        let policy = source.retry_policy();
        for failed in 1.. {
            match self.once(source, request).await {
                Ok(answer) => return Ok(answer),
                Err((error, asked)) => match policy.wait_ms(failed, &error, asked, js_sys::Math::random()) {
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

/// Reads an answer, but never more than a tile may have; of one that is no tile, what it has to say.
async fn read_answer(response: &Response, limit_bytes: usize) -> Result<EdgeBody, FetchError> {
    let Some(stream) = response.body() else { return Ok(EdgeBody(Uint8Array::new_with_length(0))) };
    if response.status() != 200 {
        let read = read_bounded(&stream, WORDS_BYTES).await;
        return Ok(EdgeBody(read.unwrap_or_else(|_| Uint8Array::new_with_length(0))));
    }
    let headers = response.headers();
    let header = |name: &str| headers.get(name).ok().flatten();
    let declared = header("Content-Length").and_then(|length| length.parse::<usize>().ok());
    let read = match declared {
        Some(length) if length > limit_bytes => {
            // What is still on its way is not wanted; that it cannot be told so is no matter.
            drop(stream.cancel());
            Err(ReadError::TooLong)
        }
        // The length holds for the body only where nothing is unpacked on the way.
        Some(_) if header("Content-Encoding").is_none() => read_declared(response).await,
        _ => read_bounded(&stream, limit_bytes).await,
    };
    read.map(EdgeBody).map_err(|error| match error {
        ReadError::Broken => FetchError::Network,
        ReadError::TooLong => FetchError::TooLarge { limit_bytes },
    })
}

/// A tile's bytes on the runtime's side.
#[derive(Clone)]
pub struct EdgeBody(Uint8Array);

impl AnswerBytes for EdgeBody {
    fn length_bytes(&self) -> usize {
        self.0.length() as usize
    }

    fn first(&self, most_bytes: usize) -> Cow<'_, [u8]> {
        let end = self.0.length().min(u32::try_from(most_bytes).unwrap_or(u32::MAX));
        Cow::Owned(self.0.subarray(0, end).to_vec())
    }
}

impl TileBody for EdgeBody {
    fn length_bytes(&self) -> usize {
        self.0.length() as usize
    }

    fn read(&self) -> Result<Vec<u8>, FetchError> {
        let mut bytes = Vec::new();
        let length = self.0.length() as usize;
        bytes.try_reserve_exact(length).map_err(|_| FetchError::OutOfMemory { bytes: length })?;
        bytes.resize(length, 0);
        self.0.copy_to(&mut bytes);
        Ok(bytes)
    }
}
