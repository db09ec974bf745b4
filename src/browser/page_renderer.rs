//! What a page's Web Worker calls: plan an image, render its strips, close the file.

use js_sys::{Function, Uint8Array};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::browser::error::js_error;
use crate::browser::fetch_port::PageTiles;
use crate::browser::sink::PageSink;
use crate::codec::Seal;
use crate::fault::{Explain, Fault, FaultClass};
use crate::job::CaptureRequest;
use crate::render::{Limits, OutputGrid, Plan, PlanSpec, plan_with_sample, render_strip};
use crate::source::Catalogue;

/// Renders one image in a page. One of a page's workers plans it; any number of them render strips of that plan.
#[wasm_bindgen]
pub struct PageRenderer {
    plan: Plan,
    tiles: PageTiles,
}

/// A call that does not fit the renderer's state.
#[derive(Debug, thiserror::Error)]
enum Misuse {
    #[error("the plan cannot be read: {0}")]
    Plan(serde_json::Error),
    #[error("the seals of the strips cannot be read: {0}")]
    Seals(serde_json::Error),
    #[error("the answer cannot be written: {0}")]
    Answer(serde_json::Error),
}

impl Explain for Misuse {
    fn fault(&self) -> Fault {
        Fault::new(FaultClass::Internal, "internal")
    }
}

#[wasm_bindgen]
impl PageRenderer {
    /// Plans an image. `sources` is the answer of `GET /api/sources`, `request` a request as `POST /api/captures` takes it
    /// (both JSON); `workers` is how many render strips at once; `data_address` is where the embedded map's data lies.
    ///
    /// # Errors
    /// A JavaScript error with `code`, `field`, `value`, `limit`.
    pub async fn plan(
        sources: String,
        request: String,
        workers: u32,
        data_address: String,
    ) -> Result<PageRenderer, JsValue> {
        let catalogue = Catalogue::parse("sources", &sources).map_err(|e| js_error(&e))?;
        let request = CaptureRequest::parse(request.as_bytes()).map_err(|e| js_error(&e))?;
        let resolved = request.resolve(&catalogue).map_err(|e| js_error(&e))?;
        let spec = PlanSpec {
            area: resolved.area,
            scale: resolved.scale,
            output_grid: OutputGrid::asked(resolved.grid, resolved.crs),
            layers: resolved.layers,
            resampling: resolved.resampling,
            output: resolved.output,
            on_missing: resolved.on_missing,
            sample_tile: None,
        };
        let tiles = PageTiles::new(data_address, workers);
        // Each worker has a memory of its own, but they share what a source allows.
        let limits = Limits { strips_in_flight: workers.max(1), strips_per_module: 1, ..Limits::default() };
        let plan = plan_with_sample(spec, &limits, &tiles).await.map_err(|e| js_error(&e))?;
        Ok(Self { plan, tiles })
    }

    /// Takes a plan over that another worker made; `plan` is its [`PageRenderer::to_json`].
    ///
    /// # Errors
    /// A JavaScript error when it cannot be read.
    #[wasm_bindgen(js_name = fromJson)]
    pub fn from_json(plan: &str, data_address: String) -> Result<PageRenderer, JsValue> {
        let plan: Plan = serde_json::from_str(plan).map_err(|e| js_error(&Misuse::Plan(e)))?;
        let tiles = PageTiles::new(data_address, plan.sharers());
        Ok(Self { plan, tiles })
    }

    /// The plan for other workers.
    ///
    /// # Errors
    /// Never in practice.
    #[wasm_bindgen(js_name = toJson)]
    pub fn to_json(&self) -> Result<String, JsValue> {
        serde_json::to_string(&self.plan).map_err(|e| js_error(&Misuse::Answer(e)))
    }

    /// The plan as `POST /api/plan` answers it, with the file's name and media type, as JSON.
    ///
    /// # Errors
    /// Never in practice.
    pub fn summary(&self) -> Result<String, JsValue> {
        let mut summary =
            serde_json::to_value(self.plan.summary()).map_err(|e| js_error(&Misuse::Answer(e)))?;
        if let Some(fields) = summary.as_object_mut() {
            fields.insert("file_name".to_owned(), self.plan.file_name().into());
            fields.insert("media_type".to_owned(), self.plan.encoding().format().media_type().into());
        }
        Ok(summary.to_string())
    }

    /// The file's bytes before the first strip.
    #[must_use]
    pub fn head(&self) -> Uint8Array {
        Uint8Array::from(self.plan.encoding().head().as_slice())
    }

    /// Renders a strip. `on_bytes` gets its bytes piece by piece, `on_tile` the tiles done and missing and may answer
    /// `false` to stop. Resolves to JSON: `{"seal", "tiles", "missing", "retries", "memory_bytes"}`, the last the module's
    /// memory, which is the most it ever was.
    ///
    /// # Errors
    /// A JavaScript error with `code`.
    pub async fn strip(&self, index: u32, on_bytes: Function, on_tile: Function) -> Result<String, JsValue> {
        const PAGE_BYTES: usize = 64 << 10;
        let mut sink = PageSink { on_bytes, on_tile, tiles_done: 0, tiles_missing: 0 };
        let report =
            render_strip(&self.plan, index, &self.tiles, &mut sink).await.map_err(|e| js_error(&e))?;
        let mut report = serde_json::to_value(report).map_err(|e| js_error(&Misuse::Answer(e)))?;
        if let Some(fields) = report.as_object_mut() {
            let memory_bytes = core::arch::wasm32::memory_size::<0>() * PAGE_BYTES;
            fields.insert("retries".to_owned(), self.tiles.retries().into());
            fields.insert("memory_bytes".to_owned(), memory_bytes.into());
        }
        Ok(report.to_string())
    }

    /// The file's bytes after the last strip. `seals` is a JSON list of the strips' seals in order.
    ///
    /// # Errors
    /// A JavaScript error when a strip is missing.
    pub fn tail(&self, seals: &str) -> Result<Uint8Array, JsValue> {
        let seals: Vec<Seal> = serde_json::from_str(seals).map_err(|e| js_error(&Misuse::Seals(e)))?;
        let tail = self.plan.encoding().tail(&seals).map_err(|e| js_error(&e))?;
        Ok(Uint8Array::from(tail.as_slice()))
    }
}
