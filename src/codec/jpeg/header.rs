//! What stands before and after the fragments (T.81, annex B; JFIF 1.02).

use crate::codec::jpeg::frame::{CLASSES, JpegFrame};
use crate::codec::jpeg::huffman::Class;

/// The file up to the first fragment: SOI, APP0, COM, DQT, SOF0, DHT, DRI, SOS.
#[must_use]
pub fn header(frame: &JpegFrame) -> Vec<u8> {
    let components = frame.colour().components();
    let mut out = vec![0xff, 0xd8];
    // JFIF 1.02, no unit, square pixels, no thumbnail. JFIF says: grey or YCbCr, samples in the middle.
    segment(&mut out, 0xe0, b"JFIF\0\x01\x02\0\0\x01\0\x01\0\0");
    if let Some(comment) = frame.comment() {
        segment(&mut out, 0xfe, comment.as_bytes());
    }
    // Tables that are the same are written once.
    let tables = frame.quantisation();
    let table_of = |i: usize| tables.iter().position(|t| Some(t) == tables.get(i)).unwrap_or(0);
    for (i, table) in tables.iter().enumerate().filter(|(i, _)| table_of(*i) == *i) {
        segment(&mut out, 0xdb, &[&[i as u8], &table[..]].concat());
    }
    let [y, x] = [frame.height_px(), frame.width_px()].map(|side| (side as u16).to_be_bytes());
    let mut sof = vec![8, y[0], y[1], x[0], x[1], components as u8];
    let (columns, rows) = frame.colour().luma_blocks();
    for i in 0..components {
        let sampling = if i == 0 { columns << 4 | rows } else { 0x11 };
        sof.extend_from_slice(&[i as u8 + 1, sampling as u8, table_of(i) as u8]);
    }
    segment(&mut out, 0xc0, &sof);
    for (i, (table, class)) in frame.huffman().iter().zip(CLASSES).enumerate().take(components.max(1) * 2) {
        let id = (i / 2) as u8 | if class == Class::Ac { 0x10 } else { 0 };
        let spec = table.spec();
        segment(&mut out, 0xc4, &[&[id], &spec.counts[..], spec.symbols].concat());
    }
    segment(&mut out, 0xdd, &(frame.mcus().0 as u16).to_be_bytes());
    let mut sos = vec![components as u8];
    for i in 0..components {
        sos.extend_from_slice(&[i as u8 + 1, if i == 0 { 0x00 } else { 0x11 }]);
    }
    sos.extend_from_slice(&[0, 63, 0]);
    segment(&mut out, 0xda, &sos);
    out
}

/// The file behind the last fragment: EOI.
#[must_use]
pub fn trailer() -> Vec<u8> {
    vec![0xff, 0xd9]
}

fn segment(out: &mut Vec<u8>, marker: u8, data: &[u8]) {
    out.extend_from_slice(&[0xff, marker]);
    out.extend_from_slice(&(data.len() as u16 + 2).to_be_bytes());
    out.extend_from_slice(data);
}

/// Ends the restart interval of an MCU row: a marker, but not behind the last row of the image (T.81, B.2.1).
pub(super) fn end_row(out: &mut Vec<u8>, frame: &JpegFrame, mcu_row: u32) {
    if mcu_row + 1 < frame.mcus().1 {
        out.extend_from_slice(&[0xff, 0xd0 | (mcu_row % 8) as u8]);
    }
}
