//! PNG's own chunks: length, type, data, CRC (PNG third edition, section 5.3).

/// Bytes before a chunk's data: its length and type.
pub const HEAD: usize = 8;

/// Appends a chunk. `data` is at most a few MiB here, far below PNG's 2^31 - 1.
pub fn write(out: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    out.reserve_exact(data.len() + HEAD + 4);
    let from = out.len();
    out.extend_from_slice(&[0; HEAD]);
    out.extend_from_slice(data);
    close(out, from, kind);
}

/// Makes a chunk of what stands from `from` on: [`HEAD`] bytes of anything, then its data.
pub fn close(out: &mut Vec<u8>, from: usize, kind: [u8; 4]) {
    let data_bytes = out.len().saturating_sub(from + HEAD) as u32;
    let Some((head, data)) = out.get_mut(from..).and_then(|chunk| chunk.split_first_chunk_mut::<HEAD>())
    else {
        return;
    };
    let [a, b, c, d] = data_bytes.to_be_bytes();
    let [k, i, n, e] = kind;
    *head = [a, b, c, d, k, i, n, e];
    let mut crc = crc32fast::Hasher::new();
    crc.update(&kind);
    crc.update(data);
    out.extend_from_slice(&crc.finalize().to_be_bytes());
}
