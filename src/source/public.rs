//! A source as the outside may see it.

use std::collections::BTreeMap;

use crate::geo::TileGrid;
use crate::source::answer::MarksEntry;
use crate::source::entry::Entry;
use crate::source::grid_entry::GridEntry;
use crate::source::{Kind, Source};

/// How an empty tile is passed on: 204, "No Content".
const NO_CONTENT: u16 = 204;

impl Source {
    /// The entry as the outside may see it: without what the operator keeps, and with an address only where a page may use it.
    pub(super) fn public(&self) -> Entry {
        let (min_zoom, max_zoom) = self.zooms();
        let limits = self.limits();
        let mut public = Entry {
            min_zoom: Some(min_zoom),
            max_zoom: Some(max_zoom),
            enabled: Some(true),
            off_because: None,
            capabilities: None,
            max_connections: Some(limits.max_connections),
            max_tiles: Some(limits.max_tiles),
            headers: BTreeMap::new(),
            user_agent: None,
            referer: None,
            browser: Some(self.is_browser()),
            proxy: Some(self.is_proxied()),
            presets_m: Some(self.presets_m()),
            ..self.entry.clone()
        };
        if let Kind::Stack(parts) = &self.kind {
            public.parts = parts.iter().map(Self::public).collect();
            return public;
        }
        if !matches!(self.entry.grid, Some(GridEntry::Spec(_))) {
            let (id, side_px) = (self.grid.id(), self.grid.tile_size_px());
            let is_named = TileGrid::named(id, side_px).is_ok_and(|named| named == self.grid);
            let name = || GridEntry::Name(id.to_owned());
            public.grid = Some(if is_named { name() } else { GridEntry::Spec(Box::new(self.grid.spec())) });
            public.tile_size = is_named.then_some(side_px);
        }
        if let Kind::Xyz(template) | Kind::Wmts(template) = &self.kind {
            // To a page all tiles are alike: placeholders that stand for one thing are filled in.
            public.kind = "xyz".to_owned();
            public.url = Some(template.plain());
            (public.layers, public.styles) = (Vec::new(), Vec::new());
            (public.matrix_set, public.format, public.params) = (None, None, BTreeMap::new());
        }
        if !self.is_browser() {
            (public.url, public.params) = (None, BTreeMap::new());
            (public.subdomains, public.matrix_ids) = (Vec::new(), Vec::new());
            // What passes its tiles on says so where there is none.
            (public.empty, public.error) = (Some(MarksEntry::of_status(NO_CONTENT)), None);
        }
        public
    }

    /// Radii that suit what the source can show, in metres.
    fn presets_m(&self) -> Vec<f64> {
        const STREETS_M: [f64; 4] = [1_000.0, 2_000.0, 5_000.0, 10_000.0];
        const COUNTRIES_M: [f64; 4] = [100_000.0, 250_000.0, 500_000.0, 1_000_000.0];
        /// Metres per pixel from which on streets can be seen, at the equator.
        const STREET_M: f64 = 20.0;
        let finest =
            |level: u8| self.grid.resolution(level).unwrap_or(f64::MAX) * self.grid.crs().metres_per_unit();
        let (min, max) = self.zooms();
        let streets = finest(min).min(finest(max)) < STREET_M;
        self.entry
            .presets_m
            .clone()
            .unwrap_or_else(|| if streets { STREETS_M.to_vec() } else { COUNTRIES_M.to_vec() })
    }
}
