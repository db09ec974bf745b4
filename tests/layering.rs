//! The arrows of ARCHITECTURE.md: who may name whom. Inner modules never name outer ones, nor the runtime.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Each module with the modules it may name. `codec::output` stands for that one module.
const ARROWS: &[(&str, &[&str])] = &[
    ("fault", &[]),
    ("geo", &["fault"]),
    ("source", &["fault", "geo"]),
    ("raster", &["fault", "geo"]),
    ("codec", &["fault", "raster"]),
    ("render", &["fault", "geo", "raster", "codec", "source"]),
    ("job", &["fault", "geo", "source", "codec::output", "raster::Resampling"]),
    ("host_bytes", &["render", "source"]),
    ("edge", &["fault", "geo", "source", "raster", "codec", "render", "job", "host_bytes"]),
    ("browser", &["fault", "geo", "source", "raster", "codec", "render", "job", "host_bytes"]),
];

/// The modules that run and are tested natively.
const PURE: &[&str] = &["fault", "geo", "source", "raster", "codec", "render", "job"];

/// What a pure module must not name: the runtime, the clock, randomness, threads, the console.
const FORBIDDEN: &[&str] = &[
    "worker::",
    "js_sys",
    "web_sys",
    "wasm_bindgen",
    "std::time",
    "std::thread",
    "std::fs",
    "std::net",
    "std::env",
    "rand::",
    "getrandom",
    "println!",
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(at: &Path) -> Vec<PathBuf> {
    if at.is_file() {
        return vec![at.to_owned()];
    }
    let entries = std::fs::read_dir(at).unwrap().map(|e| e.unwrap().path());
    entries.flat_map(|path| rust_files(&path)).filter(|p| p.extension().is_some_and(|e| e == "rs")).collect()
}

/// The files of a module: `src/name.rs` or all below `src/name`.
fn module_files(name: &str) -> Vec<PathBuf> {
    let file = root().join(format!("src/{name}.rs"));
    let files = if file.exists() { vec![file] } else { rust_files(&root().join("src").join(name)) };
    assert!(!files.is_empty(), "there is no module {name}");
    files
}

/// The code of a file without comments, so that a doc comment may point anywhere.
fn code(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// Every `crate::a::b` in some code, as `a` and `a::b`.
fn named(code: &str) -> BTreeSet<(String, String)> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    code.match_indices("crate::")
        .map(|(at, found)| {
            let rest = &code[at + found.len()..];
            let module: String = rest.chars().take_while(|c| is_name(*c)).collect();
            assert!(
                !module.is_empty(),
                "write one `use crate::module` for each module: {}",
                &rest[..rest.len().min(60)]
            );
            let item: String =
                rest[module.len()..].trim_start_matches(':').chars().take_while(|c| is_name(*c)).collect();
            (module.clone(), format!("{module}::{item}"))
        })
        .collect()
}

#[test]
fn nobody_names_what_is_further_out() {
    for (module, allowed) in ARROWS {
        for path in module_files(module) {
            for (name, item) in named(&code(&path)) {
                let fits =
                    name == *module || allowed.contains(&name.as_str()) || allowed.contains(&item.as_str());
                assert!(fits, "{} names {item}; {module} may name {allowed:?}", path.display());
            }
        }
    }
}

#[test]
fn every_module_has_its_arrows() {
    let library = ["src/lib.rs", "src/pixels.rs"].map(|file| code(&root().join(file))).join("\n");
    let declared: BTreeSet<&str> = library
        .lines()
        .filter_map(|line| {
            line.strip_prefix("pub mod ").or_else(|| line.strip_prefix("mod "))?.strip_suffix(';')
        })
        .collect();
    let known: BTreeSet<&str> = ARROWS.iter().map(|(module, _)| *module).collect();
    assert_eq!(declared, known);
}

#[test]
fn the_core_never_meets_the_runtime() {
    for module in PURE {
        for path in module_files(module) {
            let code = code(&path);
            for word in FORBIDDEN {
                assert!(!code.contains(word), "{} names {word}", path.display());
            }
        }
    }
}

#[test]
fn the_shells_are_compiled_for_wasm_alone() {
    let library = std::fs::read_to_string(root().join("src/lib.rs")).unwrap();
    for shell in ["edge", "browser"] {
        let gate = "#[cfg(all(target_arch = \"wasm32\", feature = \"shells\"))]";
        assert!(library.contains(&format!("{gate}\nmod {shell};")));
    }
}

#[test]
fn the_code_map_names_every_folder() {
    let map = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    for (module, _) in ARROWS {
        assert!(map.contains(&format!("src/{module}")), "ARCHITECTURE.md does not name src/{module}");
    }
}
