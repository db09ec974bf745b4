//! The core, natively, on one thread: `npm run bench:core` runs this and the same stages in workerd (benches/wasm).
//!
//! `cargo bench --bench core -- 'sat/decode'` runs one case. The tiles are made by `npm run bench:tiles`; a kind that is
//! not there is left out. Criterion prints pixels per second as "elem/s".

#![allow(clippy::print_stdout, reason = "a benchmark")]
#![allow(missing_docs, reason = "criterion's macros write functions")]

mod stage;

use std::path::Path;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use stage::{Ready, Stage, TILES};

/// The kinds of content, and the extension of their tiles.
const KINDS: [(&str, &str); 3] = [("sat", "jpg"), ("aerial", "jpg"), ("map", "png")];

fn tiles(kind: &str, extension: &str) -> std::io::Result<Vec<Vec<u8>>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(".tools/bench-tiles").join(kind);
    let name = |i: usize| folder.join((i / TILES).to_string()).join(format!("{}.{extension}", i % TILES));
    (0..TILES * TILES).map(|i| std::fs::read(name(i))).collect()
}

fn core(criterion: &mut Criterion) {
    for (kind, extension) in KINDS {
        let tiles = match tiles(kind, extension) {
            Ok(tiles) => tiles,
            Err(error) => {
                println!("{kind}: no tiles ({error}); `npm run bench:tiles` makes them");
                continue;
            }
        };
        let mut group = criterion.benchmark_group(kind);
        for stage in Stage::ALL {
            let tried = Ready::new(stage, &tiles).and_then(|mut ready| ready.run().map(|_| ready));
            let mut ready = match tried {
                Ok(ready) => ready,
                Err(error) => {
                    println!("{kind}/{}: not available: {error}", stage.name());
                    continue;
                }
            };
            group.throughput(Throughput::Elements(stage.pixels()));
            group.bench_function(stage.name(), |bencher| bencher.iter(|| ready.run().ok()));
        }
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(1000));
    targets = core
}
criterion_main!(benches);
