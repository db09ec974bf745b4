//! The pieces in which an image is stored and delivered.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::job::LeaseToken;

/// Whether a chunk can be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChunkState {
    /// It can be fetched.
    #[default]
    Ready,
    /// Somebody fetches it.
    Claimed {
        /// Whose claim.
        token: LeaseToken,
        /// Until when, unless renewed.
        until_ms: u64,
    },
    /// It was fetched, or acknowledged, and is gone.
    Delivered,
}

/// Bytes that the lane keeps itself: the file's head and tail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InlineChunk {
    /// The bytes.
    #[serde(serialize_with = "to_base64", deserialize_with = "from_base64")]
    pub bytes: Vec<u8>,
    /// SHA-256 in hex.
    pub sha256: String,
    /// Whether it can be had.
    #[serde(default)]
    pub state: ChunkState,
}

/// A fragment, or a part of one, in the chunk store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// Its key in the store: random, never used before.
    pub key: String,
    /// Its length.
    pub bytes: u64,
    /// SHA-256 in hex.
    pub sha256: String,
    /// Whether it can be had.
    #[serde(default)]
    pub state: ChunkState,
}

/// Where the bytes of a claimed chunk are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChunkSource {
    /// Here.
    #[serde(serialize_with = "to_base64", deserialize_with = "from_base64")]
    Inline(Vec<u8>),
    /// In the chunk store, under this key.
    Stored(String),
}

/// A chunk as the status lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChunkInfo {
    /// Its number: the file is its chunks in this order.
    pub index: u32,
    /// Its length.
    pub bytes: u64,
    /// SHA-256 in hex.
    pub sha256: String,
    /// `ready`, `claimed` or `delivered`.
    pub state: &'static str,
}

impl ChunkState {
    /// The word for the status.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Claimed { .. } => "claimed",
            Self::Delivered => "delivered",
        }
    }
}

fn to_base64<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&BASE64_STANDARD.encode(bytes))
}

fn from_base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    BASE64_STANDARD.decode(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
}
