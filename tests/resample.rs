//! Layers on another lattice: where their pixels land, what they become, and that no cut of the image shows.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use mapshot::geo::{Crs, GeoTransform, LatticeMap, LonLat, Mesh, MeshSpan, PixelWindow, PlaceMap};
use mapshot::raster::{Patch, PixelFormat, RasterError, Resampling, TileImage, resample};
use proptest::prelude::*;

const ALL: [Resampling; 3] = [Resampling::Bilinear, Resampling::Lanczos, Resampling::Nearest];
const ONE: f64 = (1u32 << MeshSpan::FRACTION_BITS) as f64;

fn window(left: i64, top: i64, width: u32, height: u32) -> PixelWindow {
    PixelWindow::new(left, top, width, height).unwrap()
}

/// A layer of a colour for every pixel, of which a box is there.
struct Layer<'a> {
    colour: &'a dyn Fn(i64, i64) -> [u8; 4],
    bounds_px: (i64, i64, i64, i64),
}

impl Layer<'_> {
    /// A patch, pasted from tiles of 64 px.
    fn patch(&self, window: &PixelWindow) -> Patch {
        let mut patch = Patch::new(window).unwrap();
        for tile in window.tiles(64).iter() {
            let (left, top) = (tile.column * 64, tile.row * 64);
            let pixels = (0..64 * 64).flat_map(|i| (self.colour)(left + i % 64, top + i / 64)).collect();
            patch.put(&TileImage::new(64, 64, PixelFormat::Rgba, pixels).unwrap(), left, top);
        }
        patch
    }

    /// The pixels of a window, by pieces that need at most `most_source_px`.
    fn resampled(
        &self,
        map: &PlaceMap<'_>,
        of: &PixelWindow,
        resampling: Resampling,
        most_source_px: u64,
    ) -> Vec<[u8; 4]> {
        let mut all = vec![[0; 4]; of.pixels() as usize];
        let mesh = Mesh::new(map);
        for piece in mesh.pieces(of, resampling.reach_px(), self.bounds_px, most_source_px) {
            let image = resample(&self.patch(&piece.source), &mesh, &piece.window, resampling).unwrap();
            for (i, pixel) in image.samples().as_chunks::<4>().0.iter().enumerate() {
                let (x, y) = (i as i64 % i64::from(image.width_px()), i as i64 / i64::from(image.width_px()));
                let (x, y) =
                    (x + piece.window.left_px() - of.left_px(), y + piece.window.top_px() - of.top_px());
                all[(y * i64::from(of.width_px()) + x) as usize] = *pixel;
            }
        }
        all
    }
}

const EVERYWHERE: (i64, i64, i64, i64) = (-(1 << 40), -(1 << 40), 1 << 40, 1 << 40);

/// Noise that is the same for a place.
fn noise(x: i64, y: i64) -> u32 {
    let mut v =
        (x as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (y as u64).wrapping_mul(0xd6e8_feb8_6659_fd93);
    v = (v ^ v >> 32).wrapping_mul(0xd6e8_feb8_6659_fd93);
    (v >> 24) as u32
}

fn opaque_noise(x: i64, y: i64) -> [u8; 4] {
    let [r, g, b, _] = noise(x, y).to_le_bytes();
    [r, g, b, 255]
}

/// Turned, scaled and moved.
fn affine(scale: f64, turn_deg: f64, x_px: f64, y_px: f64) -> impl Fn(&mut [(f64, f64)]) {
    let (sin, cos) = turn_deg.to_radians().sin_cos();
    move |places| {
        for (x, y) in places {
            (*x, *y) = (scale * (*x * cos - *y * sin) + x_px, scale * (*x * sin + *y * cos) + y_px);
        }
    }
}

/// Premultiplied bilinear in f64.
fn bilinear(colour: &dyn Fn(i64, i64) -> [u8; 4], x: f64, y: f64) -> [f64; 4] {
    let (left, top) = ((x - 0.5).floor(), (y - 0.5).floor());
    let mut sums = [0.0; 4];
    for (column, row) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
        let weight = |place: f64, at: i64| 1.0 - (place - 0.5 - at as f64).abs();
        let (column, row) = (left as i64 + column, top as i64 + row);
        let [r, g, b, a] = colour(column, row).map(f64::from);
        let weight = weight(x, column) * weight(y, row) * a / 255.0;
        for (sum, sample) in sums.iter_mut().zip([r, g, b, 255.0]) {
            *sum += weight * sample;
        }
    }
    let [r, g, b, a] = sums;
    if a < 1e-9 { [0.0; 4] } else { [r * 255.0 / a, g * 255.0 / a, b * 255.0 / a, a] }
}

#[test]
fn bilinear_is_the_formula_to_a_level() {
    let translucent = |x: i64, y: i64| noise(x, y).to_le_bytes();
    let layers: [&dyn Fn(i64, i64) -> [u8; 4]; 2] = [&opaque_noise, &translucent];
    for colour in layers {
        for (scale, turn) in [(0.13, 0.0), (0.7, -1.7), (1.0, 2.1), (1.03, 0.0)] {
            let map = affine(scale, turn, 1_000_000.3, -77_000.8);
            let of = window(-20, 30, 300, 60);
            let got = Layer { colour, bounds_px: EVERYWHERE }.resampled(&map, &of, Resampling::Bilinear, 0);
            for (i, got) in got.into_iter().enumerate() {
                let mut place = [(-20.0 + (i % 300) as f64 + 0.5, 30.0 + (i / 300) as f64 + 0.5)];
                map(&mut place);
                let want = bilinear(colour, place[0].0, place[0].1);
                // What is hardly there may have any colour: compared as it would cover black.
                let covers = |pixel: [f64; 4]| {
                    let [r, g, b, a] = pixel;
                    [r * a / 255.0, g * a / 255.0, b * a / 255.0, a]
                };
                for (got, want) in covers(got.map(f64::from)).into_iter().zip(covers(want)) {
                    assert!((got - want).abs() <= 1.0, "{scale} {turn} {i}: {got} {want}");
                }
            }
        }
    }
}

#[test]
fn an_unmoved_layer_stays_as_it_is() {
    let colour = |x: i64, y: i64| {
        let [r, g, b, a] = noise(x, y).to_le_bytes();
        if a < 9 { [0; 4] } else { [r, g, b, a] }
    };
    let of = window(-9, 250, 40, 20);
    for resampling in ALL {
        let map = affine(1.0, 0.0, 5.0, -300.0);
        let got =
            Layer { colour: &colour, bounds_px: (-1, -40, 30, -31) }.resampled(&map, &of, resampling, 0);
        for (i, got) in got.into_iter().enumerate() {
            let (x, y) = (i as i64 % 40 - 4, i as i64 / 40 - 50);
            let inside = (-1..30).contains(&x) && (-40..-31).contains(&y);
            assert_eq!(got, if inside { colour(x, y) } else { [0; 4] }, "{resampling:?} {x} {y}");
        }
    }
}

#[test]
fn what_is_beyond_the_edge_weighs_nothing_and_what_is_transparent_lends_no_colour() {
    // Red with a green that cannot be seen beside it.
    let colour = |x: i64, _: i64| if x < 20 { [255, 0, 0, 255] } else { [0, 255, 0, 0] };
    for resampling in ALL {
        for scale in [0.1, 1.0, 1.7] {
            let map = affine(scale, 3.0, 0.37, 0.12);
            let of = window(-30, -20, 400, 300);
            let layer = Layer { colour: &colour, bounds_px: (0, 0, 40, 30) };
            let got = layer.resampled(&map, &of, resampling, 0);
            for (i, [r, g, b, a]) in got.into_iter().enumerate() {
                assert!(a == 0 || [r, g, b] == [255, 0, 0], "{resampling:?} {scale}: {r} {g} {b} {a}");
                let mut place = [(-30.0 + (i % 400) as f64 + 0.5, -20.0 + (i / 400) as f64 + 0.5)];
                map(&mut place);
                let (x, y) = place[0];
                let reach = f64::from(resampling.reach_px()) * f64::max(scale, 1.0) + 1.0;
                // To the very edge, at full strength.
                if x > 0.05 && y > 0.05 && y < 29.95 && x < 20.0 - reach {
                    assert_eq!(a, 255, "{resampling:?} {scale} {place:?}");
                } else if !(-0.05..=20.0 + reach).contains(&x) || !(-0.05..=30.05).contains(&y) {
                    assert_eq!(a, 0, "{resampling:?} {scale} {place:?}");
                }
            }
        }
    }
}

#[test]
fn what_is_shrunk_keeps_its_mean() {
    for resampling in [Resampling::Bilinear, Resampling::Lanczos] {
        for (scale, turn) in [(1.06, 0.0), (1.5, 2.0), (4.0, -1.0), (13.7, 0.0), (60.0, 0.0)] {
            let map = affine(scale, turn, 0.2, 0.7);
            let flat = |_, _| [7, 130, 251, 255];
            let of = window(3, 3, 40, 8);
            let got = Layer { colour: &flat, bounds_px: EVERYWHERE }.resampled(&map, &of, resampling, 0);
            assert!(got.iter().all(|p| *p == [7, 130, 251, 255]), "{resampling:?} {scale}");
            // Columns of black and white, and noise.
            let got =
                Layer { colour: &opaque_noise, bounds_px: EVERYWHERE }.resampled(&map, &of, resampling, 0);
            let mean = got.iter().map(|p| f64::from(p[1])).sum::<f64>() / got.len() as f64;
            let spread =
                (got.iter().map(|p| (f64::from(p[1]) - mean).powi(2)).sum::<f64>() / got.len() as f64).sqrt();
            // The mean of noise is 127.5 with a spread of 73.9, that of the average of n pixels 73.9 / sqrt(n).
            assert!((mean - 127.5).abs() < 8.0, "{resampling:?} {scale}: {mean}");
            assert!(spread < 100.0 / scale, "{resampling:?} {scale}: {spread}");
        }
    }
}

#[test]
fn undefined_parts_are_transparent() {
    let map = |places: &mut [(f64, f64)]| {
        for place in places {
            if place.0.hypot(place.1) > 100.0 {
                *place = (f64::NAN, f64::NAN);
            }
        }
    };
    let of = window(-150, -150, 300, 300);
    for resampling in ALL {
        let layer = Layer { colour: &opaque_noise, bounds_px: EVERYWHERE };
        let got = layer.resampled(&map, &of, resampling, u64::MAX);
        for (i, got) in got.into_iter().enumerate() {
            let (x, y) = ((i % 300) as f64 - 149.5, (i / 300) as f64 - 149.5);
            assert_eq!(got[3] == 255, x.hypot(y) <= 100.0, "{x} {y}");
        }
    }
}

#[test]
fn a_piece_that_is_too_large_is_an_error() {
    let map = affine(1.0, 0.0, 0.0, 0.0);
    let of = window(0, 0, PixelWindow::MAX_SIDE_PX, PixelWindow::MAX_SIDE_PX);
    let patch = Patch::new(&window(0, 0, 1, 1)).unwrap();
    let got = resample(&patch, &Mesh::new(&map), &of, Resampling::Bilinear);
    assert!(matches!(got, Err(RasterError::OutOfMemory { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_cut_of_the_image_changes_a_pixel(
        scale in prop_oneof![0.05..1.0f64, 1.0..2.0f64, 2.0..9.0f64],
        turn in -40.0..40.0f64,
        bend in 0.0..0.001f64,
        edge in 100.0..700.0f64,
        (x, y) in (-1000i64..1000, -1000i64..1000),
        cuts in prop::collection::vec(1u32..120, 1..5),
        most_source_px in 0u64..2_000_000,
        resampling in prop::sample::select(&ALL[..]),
        has_alpha in any::<bool>(),
    ) {
        let turned = affine(scale, turn, 300.3, -70.7);
        let map = move |places: &mut [(f64, f64)]| {
            for place in places.iter_mut() {
                let (u, v) = (place.0 - x as f64, place.1 - y as f64);
                *place = if u > edge { (f64::NAN, v) } else { (u + bend * v * v, v + bend * u * v) };
            }
            turned(places);
        };
        let translucent = |x: i64, y: i64| noise(x / 3, y / 2).to_le_bytes();
        let colour: &dyn Fn(i64, i64) -> [u8; 4] = if has_alpha { &translucent } else { &opaque_noise };
        let layer = Layer { colour, bounds_px: (-100, -1000, 900, 1000) };
        let (width, height) = (600, cuts.iter().sum());
        let whole = layer.resampled(&map, &window(x, y, width, height), resampling, u64::MAX);
        let mut parts = Vec::new();
        let mut top = y;
        for rows in cuts {
            parts.extend(layer.resampled(&map, &window(x, top, width, rows), resampling, most_source_px));
            top += i64::from(rows);
        }
        prop_assert!(whole == parts);
    }
}

/// A lattice that begins at the north-western corner of the grids of its CRS.
fn lattice(epsg: u16, resolution: f64) -> (Crs, GeoTransform) {
    let (origin_x, origin_y) = match epsg {
        3857 => (-20_037_508.342_789_244, 20_037_508.342_789_244),
        4326 => (-180.0, 90.0),
        5179 => (-200_000.0, 4_000_000.0),
        _ => (-30_000.0, -60_000.0),
    };
    (Crs::from_epsg(epsg).unwrap(), GeoTransform { origin_x, origin_y, resolution })
}

#[test]
fn korean_grids_and_others_lie_on_each_other_to_a_twentieth_of_a_pixel() {
    let places = [
        ("Seoul", 126.978, 37.5665),
        ("Busan", 129.0756, 35.1796),
        ("Jeju", 126.5312, 33.4996),
        ("Ulleung", 130.9, 37.5),
    ];
    // The coarsest level of each: whole multiples of two from there.
    let grids = [(3857, 156_543.033_928), (4326, 0.703_125), (5179, 2088.96), (5181, 2048.0), (5187, 2048.0)];
    // The width of a unit at 36 degrees north, roughly.
    let unit_m = |epsg| match epsg {
        3857 => 0.81,
        4326 => 100_000.0,
        _ => 1.0,
    };
    for (name, lon, lat) in places {
        for (base, base_coarsest) in grids {
            for (overlay, coarsest) in grids.into_iter().filter(|(epsg, _)| *epsg != base) {
                for pixel_m in [0.3, 5.0, 100.0, 1000.0] {
                    let level = |coarsest: f64, epsg| (coarsest * unit_m(epsg) / pixel_m).log2();
                    let base = lattice(base, base_coarsest / level(base_coarsest, base).round().exp2());
                    // The overlay's level that is next finer, as a plan may choose, and the next coarser.
                    let level = level(coarsest, overlay).floor();
                    for level in [level, level + 1.0] {
                        let overlay = lattice(overlay, coarsest / level.exp2());
                        let at = base.0.project("center", LonLat::new("center", lon, lat).unwrap()).unwrap();
                        let (x, y) = (at.x - base.1.origin_x, base.1.origin_y - at.y);
                        let (x, y) = (x / base.1.resolution, y / base.1.resolution);
                        let of = window(x as i64 - 133, y as i64 - 20, 300, 50);
                        let map = LatticeMap::new(base, overlay);
                        let (mut worst, mut pixels) = (0f64, 0);
                        let map = |places: &mut [(f64, f64)]| map.map_all(places);
                        Mesh::new(&map).spans(&of, &mut |span| {
                            pixels += u64::from(span.pixels);
                            for i in (0..i64::from(span.pixels)).step_by(5) {
                                let mut exact = [((span.x_px + i) as f64 + 0.5, span.y_px as f64 + 0.5)];
                                map(&mut exact);
                                let [x, y] = span.place(i).map(|v| v as f64 / ONE);
                                worst = worst.max((x - exact[0].0).hypot(y - exact[0].1));
                            }
                        });
                        assert_eq!(pixels, of.pixels());
                        assert!(worst < 0.05, "{name}, {base:?} on {overlay:?}: {worst} px");
                    }
                }
            }
        }
    }
}
