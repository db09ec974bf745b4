//! PNG's own chunks: length, type, data, CRC (PNG third edition, section 5.3).

/// Appends a chunk. `data` is at most a few MiB here, far below PNG's 2^31 - 1.
pub fn write(out: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    out.reserve_exact(data.len() + 12);
    out.extend_from_slice(&(data.len() as u32).to_be_bytes());
    out.extend_from_slice(&kind);
    out.extend_from_slice(data);
    let mut crc = crc32fast::Hasher::new();
    crc.update(&kind);
    crc.update(data);
    out.extend_from_slice(&crc.finalize().to_be_bytes());
}
