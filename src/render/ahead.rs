//! The squares of one layer of a strip, asked for slice by slice, as they come; those of the next slice while one is decoded and encoded.
//! A slice is what is worked together: rows of pixels, or one row of tiles whose coefficients are carried over.

use std::collections::VecDeque;
use std::pin::Pin;

use futures_util::StreamExt;
use futures_util::future::poll_immediate;
use futures_util::stream::FuturesUnordered;

use crate::geo::LatticeTile;
use crate::render::planned_layer::PlannedLayer;
use crate::render::shelf::Shelf;
use crate::render::square::{SquareAnswer, ask};
use crate::render::{RenderError, SinkError, StripSink, TileBody, TileFetch};

/// What may have come and not be decoded yet, beside what is under way; wherever the host keeps it.
const AHEAD_BYTES: usize = 4 << 20;

/// How a layer is asked.
pub(super) struct Asking<'a, F: TileFetch> {
    pub planned: &'a PlannedLayer,
    /// Its place among the layers.
    pub index: usize,
    pub fetch: &'a F,
    pub shelf: &'a Shelf<F::Body>,
    /// Most requests under way at once.
    pub connections: usize,
    /// Whether squares of the next slice may be asked for.
    pub ahead: bool,
}

/// A square of a slice, and what came for it.
struct Came<B> {
    slice: usize,
    square: LatticeTile,
    answer: SquareAnswer<B>,
}

type UnderWay<'a, B> = Pin<Box<dyn Future<Output = Came<B>> + 'a>>;

/// The squares of all slices of a layer.
pub(super) struct Ahead<'a, F: TileFetch> {
    asking: Asking<'a, F>,
    /// Not yet asked for, slice by slice.
    waiting: VecDeque<(usize, LatticeTile)>,
    under_way: FuturesUnordered<UnderWay<'a, F::Body>>,
    /// What came and is not handed out, the latest last.
    early: Vec<Came<F::Body>>,
    early_bytes: usize,
    /// Squares of each slice that were not yet handed out.
    left: Vec<usize>,
}

impl<'a, F: TileFetch> Ahead<'a, F> {
    /// The squares of each slice, from the top.
    pub fn new(asking: Asking<'a, F>, slices: &[Vec<LatticeTile>]) -> Self {
        let named = slices.iter().enumerate();
        Self {
            asking,
            waiting: named.flat_map(|(slice, squares)| squares.iter().map(move |s| (slice, *s))).collect(),
            under_way: FuturesUnordered::new(),
            early: Vec::new(),
            early_bytes: 0,
            left: slices.iter().map(Vec::len).collect(),
        }
    }

    /// The next square of a slice that comes, in any order; `None` after the last.
    ///
    /// # Errors
    /// [`SinkError::Stopped`] as soon as the sink wants no more: nothing is asked for then. [`RenderError::Unanswered`] never in
    /// practice.
    pub async fn next(
        &mut self,
        slice: usize,
        sink: &impl StripSink,
    ) -> Result<Option<(LatticeTile, SquareAnswer<F::Body>)>, RenderError> {
        loop {
            if !sink.is_wanted() {
                return Err(SinkError::Stopped.into());
            }
            self.begin(slice).await;
            let left = self.left.get(slice).copied().unwrap_or(0);
            if left == 0 {
                return Ok(None);
            }
            if let Some(place) = self.early.iter().position(|early| early.slice == slice) {
                let came = self.early.remove(place);
                self.early_bytes -= length_bytes(&came);
                self.left[slice] -= 1;
                return Ok(Some((came.square, came.answer)));
            }
            let came = match (self.under_way.next().await, self.waiting.front()) {
                (Some(came), _) => came,
                // Too much came early for more to be asked for, but without this one the slice would not go on.
                (None, Some(&(of, square))) => {
                    self.waiting.pop_front();
                    self.request(of, square).await
                }
                (None, None) => return Err(RenderError::Unanswered { left }),
            };
            self.keep(came);
        }
    }

    /// Asks for what may be under way. A request begins when it is looked at first, and whoever gets a square from here decodes it
    /// before he looks again.
    async fn begin(&mut self, slice: usize) {
        self.ask(slice);
        while let Some(Some(came)) = poll_immediate(self.under_way.next()).await {
            self.keep(came);
            self.ask(slice);
        }
    }

    fn keep(&mut self, came: Came<F::Body>) {
        self.early_bytes += length_bytes(&came);
        self.early.push(came);
    }

    /// Asks for as many squares as may be under way while a slice is worked.
    fn ask(&mut self, slice: usize) {
        while self.under_way.len() < self.asking.connections
            && let Some((of, square)) = self.waiting.front().copied()
            && (of == slice || (self.asking.ahead && of == slice + 1))
            && self.early_bytes < AHEAD_BYTES
        {
            self.waiting.pop_front();
            self.under_way.push(self.request(of, square));
        }
    }

    fn request(&self, slice: usize, square: LatticeTile) -> UnderWay<'a, F::Body> {
        let Asking { planned, index, fetch, shelf, .. } = self.asking;
        Box::pin(async move {
            let answer = match shelf.get(index, square) {
                Some(answer) => answer,
                None => ask(fetch, planned, square).await,
            };
            Came { slice, square, answer }
        })
    }
}

fn length_bytes<B: TileBody>(came: &Came<B>) -> usize {
    came.answer.as_ref().map_or(0, |bytes| bytes.length_bytes())
}
