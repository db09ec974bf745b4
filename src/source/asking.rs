//! How a source is asked, and what its answers are.

use crate::geo::TileCoord;
use crate::source::answer::hide;
use crate::source::template::{Filling, fill_keys, keys_in};
use crate::source::{
    AddressTemplate, Answer, AnswerBytes, FetchError, Kind, RetryPolicy, Source, TileRequest,
};

/// The most bytes of one tile of 256 px: more than one of 16 bits a sample that cannot be compressed has.
const TILE_BYTES: usize = 640 << 10;

impl Source {
    /// The address of its own description, with its secrets.
    ///
    /// # Errors
    /// [`FetchError::MissingKey`]; [`FetchError::NoAddress`] where the entry names none.
    pub fn capabilities_address(&self, key: &dyn Fn(&str) -> Option<String>) -> Result<String, FetchError> {
        let url = self.entry.capabilities.as_deref().ok_or(FetchError::NoAddress)?;
        let filling = Filling {
            subdomains: &self.entry.subdomains,
            params: self.entry.params.clone(),
            ..Filling::default()
        };
        let template = AddressTemplate::base(url, filling).map_err(|_| FetchError::NoAddress)?;
        template.address(TileCoord { z: 0, x: 0, y: 0 }, key)
    }

    /// How often a failed request is repeated.
    #[must_use]
    pub fn retry_policy(&self) -> RetryPolicy {
        let base = RetryPolicy::default();
        RetryPolicy { attempts: self.entry.retries.map_or(base.attempts, |retries| retries + 1), ..base }
    }

    /// The most bytes of one answer.
    #[must_use]
    pub fn answer_bytes(&self) -> usize {
        let side = match &self.kind {
            Kind::Wms(wms) => wms.piece_px() + 2 * wms.buffer_px(),
            _ => self.grid.tile_size_px(),
        };
        let side = side as usize;
        TILE_BYTES * side.saturating_mul(side).div_ceil(256 * 256)
    }

    /// The names of the secrets that its addresses and headers need.
    #[must_use]
    pub fn key_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        names.extend(self.kind.template().into_iter().flat_map(AddressTemplate::key_names));
        names.extend(self.entry.all_headers().flat_map(|(_, value)| keys_in(value)));
        names.extend(self.entry.capabilities.iter().flat_map(|url| keys_in(url)));
        if let Kind::Stack(parts) = &self.kind {
            names.extend(parts.iter().flat_map(Self::key_names));
        }
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Request headers with their secrets filled in. `key` looks one up by its name.
    ///
    /// # Errors
    /// [`FetchError::MissingKey`] when a secret is not set.
    pub fn filled_headers(
        &self,
        key: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Vec<(&str, String)>, FetchError> {
        self.entry.all_headers().map(|(name, value)| Ok((name, fill_keys(value, key)?))).collect()
    }

    /// The address of a tile or map, with its secrets filled in.
    ///
    /// # Errors
    /// [`FetchError::MissingKey`]; [`FetchError::NoAddress`] for what the source cannot name or is not asked for.
    pub fn address(
        &self,
        request: &TileRequest,
        key: &dyn Fn(&str) -> Option<String>,
    ) -> Result<String, FetchError> {
        match (&self.kind, request) {
            (Kind::Xyz(template) | Kind::Wmts(template), TileRequest::Tile(tile)) => {
                template.address(*tile, key)
            }
            (Kind::Wms(wms), TileRequest::Map(map)) => wms.address(map, key),
            _ => Err(FetchError::NoAddress),
        }
    }

    /// Judges an answer by its bytes. The source's words, where they are shown, do not have the secrets that `key` knows.
    ///
    /// # Errors
    /// As [`AnswerRules::judge`](crate::source::AnswerRules::judge).
    pub fn judge(
        &self,
        status: u16,
        body: &dyn AnswerBytes,
        key: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Answer, FetchError> {
        let mut judged = self.rules.judge(status, body);
        if let Err(FetchError::Said { text, .. } | FetchError::Refused { text }) = &mut judged {
            for secret in self.key_names().into_iter().filter_map(key) {
                hide(text, &secret);
            }
        }
        judged
    }
}
