//! Where tiles come from in a browser: the page's own `fetch`.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{RequestInit, RequestRedirect, Response, WorkerGlobalScope};

use crate::geo::Crs;
use crate::raster::natural_earth::NaturalEarth;
use crate::render::{TileBody, TileFetch};
use crate::source::{Answer, AnswerBytes, FetchError, Source, TileRequest, retry_after_ms};

/// How long the embedded map's data may take.
const DATA_TIMEOUT_MS: u32 = 15_000;

/// Fetches tiles as the page would.
pub struct PageTiles {
    /// Where the embedded map's data is.
    data_address: String,
    /// In the CRS that was asked for last.
    earth: RefCell<Option<Rc<NaturalEarth>>>,
    retries: Cell<u32>,
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
    pub fn new(data_address: String) -> Self {
        Self { data_address, earth: RefCell::new(None), retries: Cell::new(0) }
    }

    /// Requests that were repeated so far.
    pub fn retries(&self) -> u32 {
        self.retries.get()
    }

    /// Reads what lies at an address, whatever its status.
    async fn get(address: &str, limit_bytes: usize, limit_ms: u32) -> Result<PageAnswer, FetchError> {
        let init = RequestInit::new();
        // Where a redirect leads is not in the catalogue.
        init.set_redirect(RequestRedirect::Error);
        let signal = web_sys::AbortSignal::timeout_with_u32(limit_ms);
        init.set_signal(Some(&signal));
        let broken = |_: JsValue| match signal.aborted() {
            true => FetchError::Timeout { limit_ms },
            false => FetchError::Network,
        };
        let response = JsFuture::from(scope().fetch_with_str_and_init(address, &init)).await;
        let response: Response = response.map_err(broken)?.unchecked_into();
        let header = |name: &str| response.headers().get(name).ok().flatten();
        let declared = header("Content-Length").and_then(|length| length.parse::<usize>().ok());
        if declared.is_some_and(|length| length > limit_bytes) {
            return Err(FetchError::TooLarge { limit_bytes });
        }
        let retry_after = header("Retry-After");
        let buffer = response.array_buffer().map_err(broken)?;
        let buffer: ArrayBuffer = JsFuture::from(buffer).await.map_err(broken)?.unchecked_into();
        if buffer.byte_length() as usize > limit_bytes {
            return Err(FetchError::TooLarge { limit_bytes });
        }
        Ok(PageAnswer { status: response.status(), body: PageBody(Uint8Array::new(&buffer)), retry_after })
    }

    /// Makes one request. With an error comes how long the source asks to wait.
    async fn once(
        source: &Source,
        request: &TileRequest,
    ) -> Result<Option<PageBody>, (FetchError, Option<u64>)> {
        // No key ever reaches a page.
        let no_key = |_: &str| None;
        let at_once = |error| (error, None);
        let address = source.address(request, &no_key).map_err(at_once)?;
        let limit_ms = source.limits().timeout_ms;
        let answer = Self::get(&address, source.answer_bytes(), limit_ms).await.map_err(at_once)?;
        match source.judge(answer.status, &answer.body, &no_key) {
            Ok(Answer::Tile) => Ok(Some(answer.body)),
            Ok(Answer::Empty) => Ok(None),
            Err(error) => {
                let now_ms = js_sys::Date::now() as u64;
                Err((error, answer.retry_after.and_then(|header| retry_after_ms(&header, now_ms))))
            }
        }
    }
}

/// What came for a request.
struct PageAnswer {
    status: u16,
    body: PageBody,
    retry_after: Option<String>,
}

/// A tile's bytes on the page's side.
#[derive(Clone)]
pub struct PageBody(Uint8Array);

impl AnswerBytes for PageBody {
    fn length_bytes(&self) -> usize {
        self.0.length() as usize
    }

    fn first(&self, most_bytes: usize) -> Cow<'_, [u8]> {
        let end = self.0.length().min(u32::try_from(most_bytes).unwrap_or(u32::MAX));
        Cow::Owned(self.0.subarray(0, end).to_vec())
    }
}

impl TileBody for PageBody {
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

impl TileFetch for PageTiles {
    type Body = PageBody;

    async fn fetch(&self, source: &Source, request: &TileRequest) -> Result<Option<PageBody>, FetchError> {
        let policy = source.retry_policy();
        for failed in 1.. {
            match Self::once(source, request).await {
                Ok(answer) => return Ok(answer),
                Err((error, asked)) => match policy.wait_ms(failed, &error, asked, js_sys::Math::random()) {
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
        let packed = Self::get(&self.data_address, DATA_BYTES, DATA_TIMEOUT_MS).await?;
        if packed.status != 200 {
            return Err(FetchError::Status(packed.status));
        }
        let earth = NaturalEarth::parse(&packed.body.read()?, crs).map_err(|_| FetchError::EmbeddedData)?;
        let earth = Rc::new(earth);
        self.earth.replace(Some(earth.clone()));
        Ok(earth)
    }
}
