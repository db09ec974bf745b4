//! PNG out of strips.

use mapshot::codec::png::Effort;
use mapshot::codec::png::{FragmentEncoder, PngFrame, header, trailer};
use mapshot::raster::PixelFormat;

use super::arbitrary::Bytes;

/// A choice, the width, how often the pixels are repeated, where they are cut, the pixels.
pub fn png_split(bytes: &[u8]) {
    let mut bytes = Bytes(bytes);
    let choice = bytes.byte();
    let format = if choice & 1 == 0 { PixelFormat::Rgb } else { PixelFormat::Rgba };
    let effort = if choice & 2 == 0 { Effort::Fast } else { Effort::Small };
    // Some as wide as a deflate window and wider.
    let width_px =
        if choice & 4 == 0 { bytes.number() % 600 + 1 } else { (bytes.number() % 33_000 + 1).min(32_768) }
            as u32;
    let times = 1 << (choice >> 3 & 7);
    let noise = bytes.byte();
    let cuts = (bytes.number(), bytes.number(), bytes.number());
    let write_px = usize::from(bytes.byte()) % 40 + 1;
    let row_bytes = width_px as usize * format.bytes();
    let most_rows = (400_000 / row_bytes).max(2);
    let samples = bytes.rows(row_bytes, most_rows, times, noise);
    let rows = samples.len() / row_bytes;
    let mut ends = vec![0, rows, cuts.0 % (rows + 1), cuts.1 % (rows + 1), cuts.2 % (rows + 1)];
    ends.sort_unstable();
    ends.dedup();

    let frame = PngFrame { width_px, height_px: rows as u32, format, palette: Vec::new(), text: Vec::new() };
    let (mut file, mut seals) = (header(&frame), Vec::new());
    for cut in ends.windows(2) {
        let strip = &samples[cut[0] * row_bytes..cut[1] * row_bytes];
        let mut encoder = FragmentEncoder::new(width_px, format, effort, strip).unwrap();
        for rows in strip.chunks(write_px * row_bytes) {
            encoder.write_rows(rows).unwrap();
            file.extend(encoder.take());
        }
        let (rest, seal) = encoder.finish();
        file.extend(rest);
        seals.push(seal);
    }
    file.extend(trailer(&frame, &seals).unwrap());

    let mut options = png::DecodeOptions::default();
    options.set_ignore_adler32(false);
    options.set_ignore_crc(false);
    let mut reader =
        png::Decoder::new_with_options(std::io::Cursor::new(&file), options).read_info().unwrap();
    let mut got = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut got).unwrap();
    reader.finish().unwrap();
    assert_eq!((info.width, info.height), (width_px, rows as u32));
    assert!(got == samples, "other pixels: {width_px} px, {format:?}, {effort:?}, cut at {ends:?}");
}
