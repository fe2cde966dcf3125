//! The manifest loader on any bytes: no panic, and no path it accepts leaves the root.
#![no_main]

use libfuzzer_sys::fuzz_target;
use redis_migrate::fs::manifest::Manifest;

const ID: &str = "20250102T030405.006Z-0a0b0c";

fuzz_target!(|data: &[u8]| {
    if let Ok(manifest) = Manifest::parse(data, ID) {
        assert_eq!(manifest.id.as_str(), ID);
        for file in &manifest.files {
            let path = file.path.as_path();
            assert!(
                path.components()
                    .all(|part| matches!(part, std::path::Component::Normal(_))),
                "{} leaves the root",
                path.display()
            );
        }
    }
});
