//! The names under which the runtime hands things over (wrangler.toml, wrangler.renderer.toml).

/// Durable Object namespace of the lanes.
pub const LANES: &str = "LANES";
/// Durable Object namespace of the renderers, in the second script.
pub const RENDERERS: &str = "RENDERERS";
/// KV namespace of the chunks.
pub const CHUNKS: &str = "CHUNKS";
/// Static files: the page and the embedded map's data.
pub const ASSETS: &str = "ASSETS";
