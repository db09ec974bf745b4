//! Numbers and pictures out of a target's bytes. When the bytes are used up, numbers are 0.

/// Bytes that are used up from the front.
pub struct Bytes<'b>(pub &'b [u8]);

impl<'b> Bytes<'b> {
    pub fn byte(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().unwrap_or((&0, &[]));
        self.0 = rest;
        *first
    }

    pub fn number(&mut self) -> usize {
        usize::from(self.byte()) << 8 | usize::from(self.byte())
    }

    /// Whole rows of so many bytes, at least one and at most `most`, out of all that is left: it is repeated, and each
    /// time changed a little where `noise` says so.
    pub fn rows(self, row_bytes: usize, most: usize, times: usize, noise: u8) -> Vec<u8> {
        let bytes = if self.0.is_empty() { &[0] } else { self.0 };
        let rows = (bytes.len() * times / row_bytes).clamp(1, most);
        let changed = |i: usize| bytes[i % bytes.len()] ^ ((i / bytes.len()) as u8 & noise);
        (0..rows * row_bytes).map(changed).collect()
    }
}
