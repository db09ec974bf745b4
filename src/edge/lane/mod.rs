//! The Lane object: one queue, its storage, its sockets.
//!
//! Endpoints: `POST /{lane}/call` takes a [`crate::edge::lane_client::LaneCall`]; `GET /{lane}/socket/{id}` with an upgrade opens a
//! status socket; `GET /{lane}/data` lends the embedded map to renderers, whose script has no static files. Only the Worker and renderers can reach it.
//!
//! Storage (SQLite): `meta(name, body)` holds `schema` and `counters`; `captures(ticket, body)`, `strips(ticket, idx, body)`
//! and `garbage(key, due_ms)` hold the rows of [`crate::job::Stored`], bodies as JSON. Everything a turn changes is
//! written in that turn, without an await in between, so the runtime commits it as one; no answer leaves before.
//! Memory is a cache of it.

mod calls;
mod news;
mod object;
mod permits;
mod renderers;
mod sockets;
mod store;
