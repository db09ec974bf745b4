//! Rendering one strip.

use serde::{Deserialize, Serialize};

use crate::codec::{Encoding, FragmentEncoder, Seal};
use crate::geo::PixelWindow;
use crate::raster::StripPixels;
use crate::render::ahead::{Ahead, Asking};
use crate::render::carry::StripCarrier;
use crate::render::layer_work::LayerWork;
use crate::render::painter::LayerPainter;
use crate::render::resampled_painter::ResampledPainter;
use crate::render::shelf::Shelf;
use crate::render::{Plan, RenderError, StripSink, TileFetch};
use crate::source::MissingTile;

/// What came of a strip, beside its bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StripReport {
    /// What the trailer needs.
    pub seal: Seal,
    /// Tiles of all layers.
    pub tiles: u32,
    /// Those that could not be had.
    pub missing: Vec<MissingTile>,
    /// JPEG tiles whose coefficients are in the image as they came.
    pub carried: u32,
    /// JPEG tiles whose coefficients were quantised anew.
    pub requantised: u32,
}

/// Pixels that are encoded between two chances for others to run.
const TURN_PIXELS: usize = 48 * 1024;

/// Renders strip `index` of a plan: fetches its tiles, puts them together layer by layer, encodes the rows and hands
/// the bytes to the sink as they come.
///
/// # Errors
/// [`RenderError::Missing`] when a tile cannot be had and the plan says `fail`; [`RenderError::Sink`] when the sink takes
/// no more; the others are faults.
pub async fn render_strip(
    plan: &Plan,
    index: u32,
    fetch: &impl TileFetch,
    sink: &mut impl StripSink,
) -> Result<StripReport, RenderError> {
    render_strip_within(&mut Vec::new(), plan, index, fetch, sink).await
}

/// The same with a buffer for the pixels that was there before and will be there after, so that memory does not fall to
/// pieces over many strips. It is gone when rendering fails.
///
/// # Errors
/// As for [`render_strip`].
pub async fn render_strip_within(
    buffer: &mut Vec<u8>,
    plan: &Plan,
    index: u32,
    fetch: &impl TileFetch,
    sink: &mut impl StripSink,
) -> Result<StripReport, RenderError> {
    let strip = plan.strip_window(index).ok_or(RenderError::NoSuchStrip { index })?;
    if let (Encoding::CarriedJpeg { frame, .. }, [layer]) = (plan.encoding(), plan.layers()) {
        return StripCarrier { plan, frame, layer, strip, fetch }.carry(sink).await;
    }
    let slices: Vec<PixelWindow> = plan.slices(&strip).collect();
    let shelf = Shelf::new(slices.len() > 1 && plan.slices_cut_tiles());
    let mut layers: Vec<LayerWork<'_, _>> = Vec::with_capacity(plan.layers().len());
    for (index, planned) in plan.layers().iter().enumerate() {
        let connections = plan.connections(planned);
        let asking =
            Asking { planned, index, fetch, shelf: &shelf, connections, ahead: plan.may_ask_ahead(planned) };
        let squares: Vec<_> = slices.iter().map(|slice| planned.pasted(slice)).collect();
        layers.push(LayerWork {
            planned,
            index,
            connections,
            ahead: Ahead::new(asking, &squares),
            on_missing: plan.on_missing(),
            fetch,
            shelf: &shelf,
            parents: Default::default(),
            decoded: Default::default(),
            seen: Default::default(),
        });
    }
    let recolour = plan.recolour();
    let tallest = slices.iter().map(PixelWindow::height_px).max().unwrap_or(0);
    let mut pixels = StripPixels::within(std::mem::take(buffer), strip.width_px(), tallest, plan.pixels())?;
    let (mut seals, mut missing) = (Vec::with_capacity(slices.len()), Vec::new());
    for (at, slice) in slices.iter().enumerate() {
        pixels.begin(slice.height_px())?;
        for work in &mut layers {
            let planned = work.planned;
            missing.append(&mut if planned.is_shifted() {
                let (window, strip) = (planned.shifted(slice), planned.shifted(&strip));
                let (recolour, pixels) = (&recolour, &mut pixels);
                LayerPainter { work, slice: at, window, strip, recolour, pixels }.paint(sink).await?
            } else {
                let (image, window, resampling) = (plan.lattice(), *slice, plan.resampling);
                ResampledPainter { work, image, window, resampling, pixels: &mut pixels }.paint(sink).await?
            });
        }
        let first_row_px = u32::try_from(slice.top_px() - plan.window().top_px()).unwrap_or(0);
        // A fragment for each slice: it has the filter that suits it.
        let encoder = plan.encoding().fragment(first_row_px, pixels.samples())?;
        seals.push(encode(&pixels, encoder, sink).await?);
    }
    *buffer = pixels.into_buffer();
    Ok(StripReport {
        seal: plan.encoding().join(&seals),
        tiles: plan.strip_tiles().get(index as usize).copied().unwrap_or(0),
        missing,
        carried: 0,
        requantised: 0,
    })
}

/// Encodes a slice, a few rows at a time.
async fn encode(
    pixels: &StripPixels,
    mut encoder: FragmentEncoder<'_>,
    sink: &mut impl StripSink,
) -> Result<Seal, RenderError> {
    let rows = (TURN_PIXELS / pixels.width_px().max(1) as usize).max(1);
    for some in pixels.samples().chunks(rows * pixels.row_bytes()) {
        encoder.write_rows(some)?;
        sink.write(&encoder.take()).await?;
    }
    let (rest, seal) = encoder.finish()?;
    sink.write(&rest).await?;
    Ok(seal)
}
