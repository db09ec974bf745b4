//! Makes the files that tests/conformance gives to other people's readers: `conformance_files <folder>`.
//!
//! Beside the files of each kind of output, `files.json` says what each should show:
//! - `png`: the pixels that went into the encoder, raw in `pixels`;
//! - `jpeg`: the same, `quality` says how near they must be;
//! - `carried`: the tiles that went into it, where in the image they lie and what became of each;
//! - `decoded`: a tile, and the pixels that we make of it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, reason = "a tool of tests")]

#[path = "../tests/support/mod.rs"]
mod support;

use std::path::PathBuf;

use futures_executor::block_on;
use mapshot::codec::jpeg::{Colour, JpegFrame, Subsampling};
use mapshot::codec::png::PngFrame;
use mapshot::codec::{Effort, Encoding, Output, decode_tile};
use mapshot::geo::{Area, LonLat, Scale, TileCoord};
use mapshot::job::CaptureRequest;
use mapshot::raster::{PixelFormat, TileImage, marked_tile};
use mapshot::render::{Limits, Plan, PlanSpec, plan_with_sample};
use mapshot::source::{Catalogue, FetchError, OnMissing, Source};
use serde_json::{Value, json};
use support::{Tiles, fixture, layer, painted, render, strip};

/// What is made, and where.
struct Folder {
    path: PathBuf,
    files: Vec<Value>,
}

impl Folder {
    fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path.join(name), bytes).unwrap_or_else(|e| panic!("{name}: {e}"));
    }

    /// Adds a file, with its expected pixels where they are known.
    fn add(&mut self, name: &str, bytes: &[u8], mut says: Value, pixels: Option<&[u8]>) {
        self.write(name, bytes);
        says["file"] = name.into();
        if let Some(pixels) = pixels {
            says["pixels"] = format!("{name}.raw").into();
            self.write(&format!("{name}.raw"), pixels);
        }
        self.files.push(says);
    }
}

fn main() {
    let path = PathBuf::from(std::env::args().nth(1).expect("the folder to write to"));
    std::fs::create_dir_all(&path).unwrap();
    let mut folder = Folder { path, files: Vec::new() };
    pngs(&mut folder);
    jpegs(&mut folder);
    carried(&mut folder);
    decoded(&mut folder);
    captures(&mut folder);
    let list = serde_json::to_vec_pretty(&folder.files).unwrap();
    folder.write("files.json", &list);
}

/// The file out of strips that end at these rows.
fn file(encoding: &Encoding, row_bytes: usize, ends: &[usize], samples: &[u8]) -> Vec<u8> {
    let (mut file, mut seals) = (encoding.head(), Vec::new());
    for cut in ends.windows(2) {
        let rows = &samples[cut[0] * row_bytes..cut[1] * row_bytes];
        let mut encoder = encoding.fragment(cut[0] as u32, rows).unwrap();
        encoder.write_rows(rows).unwrap();
        file.extend(encoder.take());
        let (rest, seal) = encoder.finish().unwrap();
        file.extend(rest);
        seals.push(seal);
    }
    file.extend(encoding.tail(&seals).unwrap());
    file
}

/// Pixels as maps have them: a photograph, a drawing, noise; with alpha of every kind.
struct Motif {
    photo: TileImage,
    drawing: TileImage,
}

impl Motif {
    fn new() -> Self {
        let photo = decode_tile(&fixture("bluemarble/4/8/5.jpg"), 256).unwrap();
        Self { photo, drawing: painted(TileCoord { z: 5, x: 3, y: 2 }, 256) }
    }

    fn pixel(&self, kind: usize, x: usize, y: usize) -> [u8; 4] {
        let of = |tile: &TileImage| {
            let at = x % 256 * 3;
            let row = tile.row((y % 256) as u32);
            [row[at], row[at + 1], row[at + 2]]
        };
        let [r, g, b] = match kind % 3 {
            0 => of(&self.photo),
            1 => of(&self.drawing),
            _ => ((x * 7919 + y * 104_729 + 1) as u64)
                .wrapping_mul(0x9e37_79b9_7f4a_7c15)
                .to_be_bytes()
                .first_chunk::<3>()
                .copied()
                .unwrap(),
        };
        [r, g, b, [255, 0, 128, x as u8][(x / 13 + y / 7) % 4]]
    }

    fn samples(&self, kind: usize, width: usize, rows: usize, channels: usize) -> Vec<u8> {
        let places = (0..rows).flat_map(|y| (0..width).map(move |x| (x, y)));
        places.flat_map(|(x, y)| self.pixel(kind, x, y).into_iter().take(channels)).collect()
    }
}

fn pngs(folder: &mut Folder) {
    let motif = Motif::new();
    let sizes = [(1, 300), (2, 70), (255, 70), (256, 70), (257, 70), (5_120, 24), (32_768, 6)];
    let mut kind = 0;
    for (width, rows) in sizes {
        for (format, called) in [(PixelFormat::Rgb, "rgb"), (PixelFormat::Rgba, "rgba")] {
            for (effort, tried) in [(Effort::Fast, "fast"), (Effort::Small, "small")] {
                let samples = motif.samples(kind, width, rows, format.bytes());
                kind += 1;
                let (width_px, height_px) = (width as u32, rows as u32);
                let text = vec![("Comment".to_owned(), "© those who made the tiles".to_owned())];
                let frame = PngFrame { width_px, height_px, format, palette: Vec::new(), text };
                let encoding = Encoding::Png { frame, effort };
                for ends in [vec![0, rows], vec![0, 1, rows / 3, rows / 2, rows - 1, rows]] {
                    let strips = ends.len() - 1;
                    let name = format!("{width}-{called}-{tried}-{strips}.png");
                    let made = file(&encoding, width * format.bytes(), &ends, &samples);
                    let says =
                        json!({ "kind": "png", "width": width, "height": rows, "channels": format.bytes() });
                    folder.add(&name, &made, says, Some(&samples));
                }
            }
        }
    }
}

fn jpegs(folder: &mut Folder) {
    let motif = Motif::new();
    for (width, rows) in [(1, 1), (17, 33), (1_000, 701)] {
        let samples = motif.samples(0, width, rows, 3);
        for quality in [1, 85, 100] {
            for (subsampling, called) in [(Subsampling::S420, "420"), (Subsampling::S444, "444")] {
                let colour = Colour::YCbCr(subsampling);
                let comment = Some("© those who made the tiles".to_owned());
                let frame =
                    JpegFrame::for_quality(width as u32, rows as u32, quality, colour, comment).unwrap();
                let encoding = Encoding::Jpeg { frame, quality };
                let ends: Vec<usize> = (0..rows).step_by(32).chain([rows]).collect();
                let made = file(&encoding, width * 3, &ends, &samples);
                let name = format!("{width}x{rows}-q{quality}-{called}.jpg");
                let says = json!({
                    "kind": "jpeg", "width": width, "height": rows, "channels": 3,
                    "quality": quality, "subsampling": called
                });
                folder.add(&name, &made, says, Some(&samples));
            }
        }
    }
}

/// The Blue Marble over and over.
fn marble(tile: TileCoord) -> Vec<u8> {
    fixture(&format!("bluemarble/4/{}/{}.jpg", tile.x.rem_euclid(16), tile.y.rem_euclid(16)))
}

/// Tiles of other kinds, by what becomes of them; they lie at columns 0 to 4 of every five in every third row.
const OTHERS: [(&str, &str); 4] = [
    ("odd/progressive.jpg", "encoded"),
    ("odd/q60.jpg", "requantised"),
    ("odd/rgb.png", "encoded"),
    ("odd/truncated.jpg", "missing"),
];

fn other(tile: TileCoord) -> Option<(&'static str, &'static str)> {
    if tile.y % 3 == 0 { OTHERS.get(tile.x.rem_euclid(5) as usize).copied() } else { None }
}

fn carried(folder: &mut Folder) {
    let entry = r#"{"id":"photo","url":"http://h.test/{z}/{x}/{y}","attribution":"© the sky"}"#;
    // The corner of four tiles of level 16, in Seoul: an image of whole tiles around it begins at a tile.
    let corner = {
        let lon = 55_884.0 / 65_536.0 * 360.0 - 180.0;
        let lat = (std::f64::consts::PI * (1.0 - 2.0 * 25_379.0 / 65_536.0)).sinh().atan().to_degrees();
        LonLat::new("center", lon, lat).unwrap()
    };
    let beside = LonLat::new("center", 126.978, 37.5665).unwrap();
    let cases = [
        ("aligned", corner, 1_024, 512, false),
        ("unaligned", beside, 1_111, 777, false),
        ("aligned-mixed", corner, 2_560, 1_536, true),
        ("unaligned-mixed", beside, 2_345, 1_543, true),
    ];
    for (name, centre, width_px, height_px, mixed) in cases {
        let of = |tile| if mixed { other(tile) } else { None };
        let tiles = Tiles::new(|_: &Source, tile| {
            Ok(of(tile).map_or_else(|| marble(tile), |(path, _)| fixture(path)))
        });
        let spec = PlanSpec {
            output_grid: Default::default(),
            resampling: Default::default(),
            area: Area::Size { centre, width_px, height_px },
            scale: Scale::Zoom(16),
            layers: vec![layer(entry)],
            output: Output::Jpeg,
            on_missing: OnMissing::Mark,
            // The look is at a tile that is carried, whatever lies in the middle.
            sample_tile: Some(marble(TileCoord { z: 16, x: 55_884, y: 25_380 })),
        };
        let plan = Plan::new(&spec, &Limits::default()).unwrap();
        assert!(matches!(plan.encoding(), Encoding::CarriedJpeg { .. }), "{:?}", plan.warnings());
        let window = plan.window();
        assert_eq!(
            name.starts_with("aligned"),
            window.left_px() % 256 == 0 && window.top_px() % 256 == 0,
            "{window:?}"
        );
        let (made, missing) = render(&plan, &tiles).unwrap();
        let reports: Vec<_> = (0..plan.strips()).map(|i| strip(&plan, i, &tiles).unwrap().1).collect();
        let placed: Vec<Value> = window
            .tiles(256)
            .iter()
            .map(|tile| {
                let coord = TileCoord { z: 16, x: tile.column as i32, y: tile.row as i32 };
                let (from, how) = of(coord).unwrap_or(("", "carried"));
                let bytes = if from.is_empty() { marble(coord) } else { fixture(from) };
                let file = format!("tile-{name}-{}-{}", coord.x, coord.y);
                folder.write(&file, &bytes);
                // What stands for a tile that is missing.
                let mark = marked_tile(coord, 256).unwrap();
                if how == "missing" {
                    folder.write(&format!("{file}.raw"), mark.samples());
                }
                json!({
                    "file": file, "how": how,
                    "x": tile.column * 256 - window.left_px(), "y": tile.row * 256 - window.top_px()
                })
            })
            .collect();
        let count = |how: &str| placed.iter().filter(|tile| tile["how"] == how).count() as u32;
        assert_eq!(reports.iter().map(|r| r.carried).sum::<u32>(), count("carried"));
        assert_eq!(reports.iter().map(|r| r.requantised).sum::<u32>(), count("requantised"));
        assert_eq!(missing.len() as u32, count("missing"));
        assert!(!mixed || ["requantised", "encoded", "missing"].iter().all(|how| count(how) > 0));
        let (width, height) = (window.width_px(), window.height_px());
        let says =
            json!({ "kind": "carried", "width": width, "height": height, "channels": 3, "tiles": placed });
        folder.add(&format!("{name}.jpg"), &made, says, None);
    }
}

/// Tiles that are JPEG, and their pixels.
fn decoded(folder: &mut Folder) {
    let odd = ["444", "422", "gray", "q60", "restart", "optimized-huffman"];
    let odd = odd.map(|name| (format!("odd-{name}.jpg"), fixture(&format!("odd/{name}.jpg"))));
    let level = (0..256).map(|i| {
        let (x, y) = (i / 16, i % 16);
        (format!("marble-{x}-{y}.jpg"), marble(TileCoord { z: 4, x, y }))
    });
    for (name, jpeg) in odd.into_iter().chain(level) {
        let pixels = decode_tile(&jpeg, 256).unwrap();
        let says = json!({ "kind": "decoded", "width": 256, "height": 256, "channels": 3 });
        folder.add(&name, &jpeg, says, Some(pixels.samples()));
    }
}

/// Captures that the built Worker makes, too (tests/conformance/hosts.test.ts): the same request, the same tiles.
fn captures(folder: &mut Folder) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance/captures.json");
    let mut list: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    list["source"]["url"] = "http://h.test/{z}/{x}/{y}.jpg".into();
    let catalogue = Catalogue::with_changes(Some(&json!([list["source"]]).to_string())).unwrap();
    for capture in list["captures"].as_array().unwrap() {
        let request = CaptureRequest::from_value(&capture["request"]).unwrap().resolve(&catalogue).unwrap();
        let spec = PlanSpec {
            output_grid: Default::default(),
            resampling: Default::default(),
            area: request.area,
            scale: request.scale,
            layers: request.layers,
            output: request.output,
            on_missing: request.on_missing,
            sample_tile: None,
        };
        let tiles = Tiles::new(|_: &Source, tile| Ok::<_, FetchError>(marble(tile)));
        let plan = block_on(plan_with_sample(spec, &Limits::default(), &tiles)).unwrap();
        let (made, missing) = render(&plan, &tiles).unwrap();
        assert!(missing.is_empty());
        let format = plan.encoding().format();
        let says = json!({
            "kind": if format.extension() == "png" { "png" } else { "jpeg" },
            "width": plan.window().width_px(), "height": plan.window().height_px(),
            "channels": plan.pixels().bytes(), "capture": capture["name"]
        });
        let name = format!("{}.{}", capture["name"].as_str().unwrap(), format.extension());
        folder.add(&name, &made, says, None);
    }
}
