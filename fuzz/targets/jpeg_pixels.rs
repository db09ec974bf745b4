//! JPEG out of pixels.

use std::io::Cursor;

use mapshot::codec::jpeg::{Colour, FragmentEncoder, JpegFrame, Subsampling, header, trailer};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::arbitrary::Bytes;
use super::coefficients::coefficients;

/// A choice, the quality, the width, how the pixels are cut, the pixels.
pub fn jpeg_split(bytes: &[u8]) {
    let mut bytes = Bytes(bytes);
    let choice = bytes.byte();
    let colour = match choice % 5 {
        0 => Colour::Grey,
        1 => Colour::YCbCr(Subsampling::S420),
        2 => Colour::YCbCr(Subsampling::S422),
        3 => Colour::YCbCr(Subsampling::S440),
        _ => Colour::YCbCr(Subsampling::S444),
    };
    let pixel_bytes = if choice & 0x80 == 0 { 3 } else { 1 };
    let quality = bytes.byte() % 100 + 1;
    let width_px = bytes.number() % 200 + 1;
    let write_rows = usize::from(bytes.byte()) % 40 + 1;
    let row_bytes = width_px * pixel_bytes;
    let cuts = [bytes.byte(), bytes.byte()].map(usize::from);
    let samples = bytes.rows(row_bytes, (60_000 / row_bytes).max(1), 2, choice);
    let rows = samples.len() / row_bytes;

    let frame = JpegFrame::for_quality(width_px as u32, rows as u32, quality, colour, None).unwrap();
    let whole = file(&frame, &[0, frame.mcus().1 as usize], &samples, pixel_bytes, rows);
    let mcu_rows = frame.mcus().1 as usize;
    let mut ends = vec![0, cuts[0] % (mcu_rows + 1), cuts[1] % (mcu_rows + 1), mcu_rows];
    ends.sort_unstable();
    ends.dedup();
    assert!(whole == file(&frame, &ends, &samples, pixel_bytes, write_rows), "cut at {ends:?}, other bytes");

    let got = coefficients(&whole);
    assert_eq!((got.width, got.height), (width_px, rows));
    assert_eq!(got.restarts.len(), mcu_rows - 1);
    let options = DecoderOptions::default().set_strict_mode(true);
    let mut decoder = JpegDecoder::new_with_options(Cursor::new(&whole), options);
    decoder.decode().unwrap();
    assert_eq!(decoder.dimensions(), Some((width_px, rows)));
}

/// The file out of strips that end at these MCU rows, each given so many rows at once.
fn file(frame: &JpegFrame, ends: &[usize], samples: &[u8], pixel_bytes: usize, rows: usize) -> Vec<u8> {
    let row_bytes = frame.width_px() as usize * pixel_bytes;
    let mcu_row_bytes = row_bytes * frame.mcu_px().1 as usize;
    let mut file = header(frame);
    for cut in ends.windows(2) {
        let strip = &samples[cut[0] * mcu_row_bytes..samples.len().min(cut[1] * mcu_row_bytes)];
        let mut encoder = FragmentEncoder::new(frame, cut[0] as u32, pixel_bytes).unwrap();
        for rows in strip.chunks(rows * row_bytes) {
            encoder.write_rows(rows).unwrap();
            file.extend(encoder.take());
        }
        file.extend(encoder.finish().unwrap());
    }
    file.extend(trailer());
    file
}
