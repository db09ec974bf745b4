//! Where tiles come from in a browser: the page's own `fetch`.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{RequestInit, RequestRedirect, Response, WorkerGlobalScope};

use crate::geo::Crs;
use crate::host_bytes::HostBytes;
use crate::raster::natural_earth::NaturalEarth;
use crate::render::{TileBody, TileFetch};
use crate::source::{Answer, FetchError, Source, SourceId, TileRequest, TokenBucket};

/// How long loading the embedded map may take.
const DATA_TIMEOUT_MS: u32 = 15_000;

/// Fetches tiles as the page would.
pub struct PageTiles {
    /// Where the embedded map's data is.
    data_address: String,
    /// In the CRS that was asked for last.
    earth: RefCell<Option<Rc<NaturalEarth>>>,
    retries: Cell<u32>,
    /// Workers of the page that share what a source allows.
    sharers: u32,
    buckets: RefCell<BTreeMap<SourceId, TokenBucket>>,
}

fn scope() -> WorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// Waits, by the worker's timer.
pub async fn sleep_ms(ms: u32) {
    let promise = js_sys::Promise::new(&mut |resolve, _| {
        let ms = i32::try_from(ms).unwrap_or(i32::MAX);
        // A worker always has a timer.
        let _ = scope().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, ms);
    });
    let _ = JsFuture::from(promise).await;
}

impl PageTiles {
    /// `sharers` workers ask at once.
    pub fn new(data_address: String, sharers: u32) -> Self {
        let (retries, buckets) = (Cell::new(0), RefCell::default());
        Self { data_address, earth: RefCell::default(), retries, sharers: sharers.max(1), buckets }
    }

    /// How long to wait before the next request to a source, in milliseconds.
    fn wait_ms(&self, source: &Source) -> f64 {
        let Some(rate) = source.limits().max_per_second else { return 0.0 };
        let mut buckets = self.buckets.borrow_mut();
        let bucket = buckets
            .entry(source.id().clone())
            .or_insert_with(|| TokenBucket::new(Some(rate / f64::from(self.sharers)), 1));
        bucket.take(js_sys::Date::now())
    }

    /// Requests that were repeated so far.
    pub fn retries(&self) -> u32 {
        self.retries.get()
    }

    /// The status and the bytes of an answer.
    async fn get(address: &str, limit_bytes: usize, limit_ms: u32) -> Result<(u16, HostBytes), FetchError> {
        let init = RequestInit::new();
        // Where a redirect leads is not in the catalogue.
        init.set_redirect(RequestRedirect::Error);
        let signal = web_sys::AbortSignal::timeout_with_u32(limit_ms);
        init.set_signal(Some(&signal));
        let broken = |_: JsValue| {
            if signal.aborted() { FetchError::Timeout { limit_ms } } else { FetchError::Network }
        };
        let response = JsFuture::from(scope().fetch_with_str_and_init(address, &init)).await;
        let response: Response = response.map_err(broken)?.unchecked_into();
        let declared = response.headers().get("Content-Length").ok().flatten();
        if declared.and_then(|length| length.parse::<usize>().ok()).is_some_and(|length| length > limit_bytes)
        {
            return Err(FetchError::TooLarge { limit_bytes });
        }
        let buffer = response.array_buffer().map_err(broken)?;
        let buffer: ArrayBuffer = JsFuture::from(buffer).await.map_err(broken)?.unchecked_into();
        if buffer.byte_length() as usize > limit_bytes {
            return Err(FetchError::TooLarge { limit_bytes });
        }
        Ok((response.status(), HostBytes(Uint8Array::new(&buffer))))
    }
}

impl TileFetch for PageTiles {
    type Body = HostBytes;

    async fn fetch(&self, source: &Source, request: &TileRequest) -> Result<Option<HostBytes>, FetchError> {
        // No key ever reaches a page.
        let no_key = |_: &str| None;
        let address = source.address(request, &no_key)?;
        let policy = source.retry_policy();
        for failed in 1.. {
            let wait_ms = self.wait_ms(source);
            if wait_ms >= 1.0 {
                sleep_ms(wait_ms as u32).await;
            }
            let got = Self::get(&address, source.answer_bytes(), source.limits().timeout_ms).await;
            let judged = got.and_then(|(status, body)| Ok((source.judge(status, &body, &no_key)?, body)));
            match judged {
                Ok((Answer::Tile, body)) => return Ok(Some(body)),
                Ok((Answer::Empty, _)) => return Ok(None),
                Err(error) => match policy.wait_ms(failed, &error, None, js_sys::Math::random()) {
                    Some(wait_ms) => {
                        self.retries.set(self.retries.get() + 1);
                        sleep_ms(wait_ms).await;
                    }
                    None => return Err(error),
                },
            }
        }
        Err(FetchError::Network)
    }

    async fn natural_earth(&self, crs: Crs) -> Result<Rc<NaturalEarth>, FetchError> {
        /// The file has less than one; anything above is another file.
        const DATA_BYTES: usize = 16 << 20;
        if let Some(earth) = self.earth.borrow().as_ref().filter(|earth| earth.crs() == crs) {
            return Ok(earth.clone());
        }
        let (_, packed) = Self::get(&self.data_address, DATA_BYTES, DATA_TIMEOUT_MS).await?;
        let earth = NaturalEarth::parse(&packed.read()?, crs).map_err(|_| FetchError::EmbeddedData)?;
        let earth = Rc::new(earth);
        self.earth.replace(Some(earth.clone()));
        Ok(earth)
    }
}
