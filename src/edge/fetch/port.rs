//! Where tiles and maps come from on the edge: `fetch`, with the source's limits, retries and a bound on what is read.
//!
//! A capture has thousands of these, so they go to the runtime's own `fetch` with as few objects as it needs.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, RequestInit, RequestRedirect, WorkerGlobalScope};
use worker::{Env, console_error};

use crate::edge::clock::{now_ms, sleep_ms};
use crate::edge::fetch::answer::{Read, read};
use crate::edge::fetch::asking::{Asking, Grants, Want};
use crate::edge::fetch::cache;
use crate::edge::lane_client::LaneClient;
use crate::edge::{config, earth};
use crate::geo::Crs;
use crate::host_bytes::HostBytes;
use crate::raster::natural_earth::NaturalEarth;
use crate::render::TileFetch;
use crate::source::{Answer, FetchError, MAX_CAPABILITIES_BYTES, Source, SourceId, TileRequest};

/// Requests that begin within this time share a time-out, which is so much longer for the first of them.
const TIMEOUT_SHARE_MS: u64 = 1_000;

/// How often a request that waits for the lane looks whether it may be made.
const TURN_LOOK_MS: u64 = 25;

/// Where the secrets come from that addresses and headers name.
pub enum Keys {
    /// The variables and secrets of the script that runs.
    OfThisScript,
    /// Those that the lane handed over with a strip.
    Given(BTreeMap<String, String>),
}

/// Fetches tiles and maps for one strip.
pub struct EdgeTiles {
    env: Env,
    keys: Keys,
    /// Who lends the embedded map, where this script does not have it, and gives out what sources allow.
    lane: Option<LaneClient>,
    /// Where it is told who asks.
    contact: String,
    askings: RefCell<BTreeMap<SourceId, Asking>>,
    /// The time-out of the requests that begin now: since when, how long.
    timeout: RefCell<Option<(u64, u32, AbortSignal)>>,
    retries: Cell<u32>,
}

impl EdgeTiles {
    /// `contact` is the address that sources are told.
    pub fn new(env: Env, keys: Keys, lane: Option<LaneClient>, contact: String) -> Self {
        let (askings, timeout) = (RefCell::default(), RefCell::default());
        Self { env, keys, lane, contact, askings, timeout, retries: Cell::new(0) }
    }

    /// Requests that were repeated so far.
    pub fn retries(&self) -> u32 {
        self.retries.get()
    }

    /// What the lane is to give out for these sources.
    pub fn wants<'a>(&self, sources: impl Iterator<Item = &'a Source>) -> Vec<Want> {
        sources.filter_map(|source| self.with(source, |asking| asking.want(source)).ok().flatten()).collect()
    }

    /// The lane gave out so much.
    pub fn granted(&self, grants: Grants) {
        let mut askings = self.askings.borrow_mut();
        for (source, allowance) in grants {
            if let Some(asking) = askings.get_mut(&source) {
                asking.granted(allowance);
            }
        }
    }

    fn key(&self, name: &str) -> Option<String> {
        match &self.keys {
            Keys::OfThisScript => config::key(&self.env, name),
            Keys::Given(keys) => keys.get(name).cloned(),
        }
    }

    /// Does something with how a source is asked.
    fn with<T>(&self, source: &Source, act: impl FnOnce(&mut Asking) -> T) -> Result<T, FetchError> {
        let mut askings = self.askings.borrow_mut();
        if !askings.contains_key(source.id()) {
            let asking = Asking::new(source, &|name| self.key(name), &self.contact, self.lane.is_some())?;
            askings.insert(source.id().clone(), asking);
        }
        askings.get_mut(source.id()).map(act).ok_or(FetchError::NoAddress)
    }

    /// Waits until a request may be made.
    async fn turn(&self, source: &Source) -> Result<(), FetchError> {
        loop {
            match self.with(source, Asking::wait_ms)?? {
                Some(ms) if ms < 1.0 => return Ok(()),
                Some(ms) => {
                    sleep_ms(ms as u64).await;
                    return Ok(());
                }
                None => sleep_ms(TURN_LOOK_MS).await,
            }
        }
    }

    fn timeout(&self, limit_ms: u32) -> AbortSignal {
        let now = now_ms();
        let mut timeout = self.timeout.borrow_mut();
        match &*timeout {
            Some((since_ms, known_ms, signal))
                if *known_ms == limit_ms && now.saturating_sub(*since_ms) < TIMEOUT_SHARE_MS =>
            {
                signal.clone()
            }
            _ => {
                let signal = AbortSignal::timeout_with_u32(limit_ms.saturating_add(TIMEOUT_SHARE_MS as u32));
                timeout.insert((now, limit_ms, signal)).2.clone()
            }
        }
    }

    /// One request, whatever comes of it.
    async fn once(
        &self,
        source: &Source,
        address: &str,
        headers: &Headers,
        limit_bytes: usize,
    ) -> Result<Read, FetchError> {
        let limit_ms = source.limits().timeout_ms;
        let signal = self.timeout(limit_ms);
        let init = RequestInit::new();
        init.set_headers(headers);
        init.set_redirect(RequestRedirect::Manual);
        init.set_signal(Some(&signal));
        let broken = |_: JsValue| FetchError::Network;
        let scope: WorkerGlobalScope = js_sys::global().unchecked_into();
        let answer = JsFuture::from(scope.fetch_with_str_and_init(address, &init)).await.map_err(broken);
        let read = match answer {
            Ok(response) => read(response.unchecked_ref(), limit_bytes).await,
            Err(error) => Err(error),
        };
        match read {
            Err(FetchError::Network) if signal.aborted() => Err(FetchError::Timeout { limit_ms }),
            other => other,
        }
    }

    /// An address of a source, with retries: its bytes if they are what `judge` wants.
    async fn get(
        &self,
        source: &Source,
        address: &str,
        limit_bytes: usize,
        judge: &dyn Fn(u16, &HostBytes) -> Result<Answer, FetchError>,
    ) -> Result<Option<HostBytes>, FetchError> {
        let policy = source.retry_policy();
        for failed in 1.. {
            self.turn(source).await?;
            let headers = self.with(source, |asking| asking.headers.clone())?;
            let read = self.once(source, address, &headers, limit_bytes).await;
            let (outcome, retry_after_ms) = match read {
                Ok(Read { status, body, retry_after_ms }) => {
                    (judge(status, &body).map(|a| (a, body)), retry_after_ms)
                }
                Err(error) => (Err(error), None),
            };
            let left_alone = self.with(source, |asking| {
                asking.note(outcome.as_ref().map(|_| ()), retry_after_ms);
                asking.left_alone().cloned()
            })?;
            match outcome {
                Ok((Answer::Tile, body)) => return Ok(Some(body)),
                Ok((Answer::Empty, _)) => return Ok(None),
                Err(error) => {
                    if let Some(left_alone) = left_alone {
                        return Err(left_alone);
                    }
                    let random = js_sys::Math::random();
                    let Some(wait_ms) = policy.wait_ms(failed, &error, retry_after_ms, random) else {
                        return Err(error);
                    };
                    self.retries.set(self.retries.get() + 1);
                    sleep_ms(wait_ms.into()).await;
                }
            }
        }
        Err(FetchError::Network)
    }

    /// What a source answers, once, whatever that is: for its operator.
    pub async fn raw(&self, source: &Source, request: &TileRequest) -> Result<(u16, HostBytes), FetchError> {
        let address = source.address(request, &|name| self.key(name))?;
        let headers = self.with(source, |asking| asking.headers.clone())?;
        let read = self.once(source, &address, &headers, source.answer_bytes()).await?;
        Ok((read.status, read.body))
    }

    /// What a service says of itself.
    pub async fn capabilities(&self, source: &Source) -> Result<Vec<u8>, FetchError> {
        let key = |name: &str| self.key(name);
        let address = source.capabilities_address(&key)?;
        let any = |status: u16, _: &HostBytes| match status {
            200 => Ok(Answer::Tile),
            status => Err(FetchError::Status(status)),
        };
        let body =
            self.get(source, &address, MAX_CAPABILITIES_BYTES, &any).await?.ok_or(FetchError::NoAddress)?;
        Ok(body.0.to_vec())
    }
}

impl TileFetch for EdgeTiles {
    type Body = HostBytes;

    async fn fetch(&self, source: &Source, request: &TileRequest) -> Result<Option<HostBytes>, FetchError> {
        let key = |name: &str| self.key(name);
        let address = source.address(request, &key)?;
        if source.is_cached()
            && let Some(kept) = cache::get(&address).await
        {
            return Ok(Some(kept));
        }
        let judge = |status: u16, body: &HostBytes| source.judge(status, body, &key);
        let body = self.get(source, &address, source.answer_bytes(), &judge).await?;
        if let (true, Some(body)) = (source.is_cached(), &body) {
            cache::put(&address, body).await;
        }
        Ok(body)
    }

    async fn natural_earth(&self, crs: Crs) -> Result<Rc<NaturalEarth>, FetchError> {
        earth::natural_earth(&self.env, crs, self.lane.as_ref()).await.map_err(|error| {
            console_error!("{error}");
            FetchError::EmbeddedData
        })
    }
}
