//! Reports held against the schema that is published: every sample, with its messages listed as
//! well, and the captures of the folder that `COUNTERSIGN_CAPTURES` names.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says what it compared"
)]

mod support;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use countersign::analysis::read_exceptions;
use countersign::secrets::Secrets;
use jsonschema::Validator;
use serde_json::Value;

use self::support::{analyze, analyze_listing, name_of, root, samples};

/// Captures of the folder of which one is looked at: the schema is about kinds of things, and a
/// validator is slow.
const ONE_OF: usize = 4;

#[test]
fn every_sample_and_its_expected_report_fit_the_schema() {
    let validator = validator();
    for sample in samples() {
        let name = name_of(&sample);
        let bytes = fs::read(&sample).unwrap();
        let listing = analyze_listing(name, &bytes, Secrets::default());
        check(&validator, name, &serde_json::to_value(listing).unwrap());
        let stem = sample.file_stem().unwrap();
        let expected = root().join("tests/captures").join(stem).join("expected.json");
        let expected = fs::read_to_string(expected).unwrap();
        check(&validator, name, &serde_json::from_str(&expected).unwrap());
    }
}

#[test]
fn captures_of_the_folder_fit_the_schema() {
    let folder = env::var_os("COUNTERSIGN_CAPTURES")
        .map_or_else(|| root().join("../shared/captures"), PathBuf::from);
    let mut n = 0;
    for part in ["lab", "public"] {
        let Ok(entries) = fs::read_dir(folder.join(part)) else { continue };
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        for file in files.iter().step_by(ONE_OF) {
            if let Some(report) = report_on(file) {
                check(&validator(), name_of(file), &report);
                n += 1;
            }
        }
    }
    println!("{n} captures of {} held against the schema", folder.display());
}

#[test]
fn what_is_no_report_does_not_fit_the_schema() {
    let validator = validator();
    let sample = &samples()[0];
    let report = analyze(name_of(sample), &fs::read(sample).unwrap()).unwrap();
    let report = serde_json::to_value(report).unwrap();
    let broken: [fn(&mut Value); 4] = [
        |report| report["schema"] = "countersign-report/0".into(),
        |report| report["sessions"][0]["status"] = "fine".into(),
        |report| report["captures"][0]["packets"] = (-1).into(),
        |report| drop(report["sessions"][0].as_object_mut().unwrap().remove("policy")),
    ];
    for change in broken {
        let mut report = report.clone();
        change(&mut report);
        assert!(!validator.is_valid(&report));
    }
}

#[test]
fn exceptions_that_are_read_fit_their_schema() {
    let validator = validator_of("schema/countersign-exceptions-1.json");
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let example = readme.split("```json\n").nth(1).and_then(|rest| rest.split("```").next());
    let example: Value = serde_json::from_str(example.unwrap()).unwrap();
    assert_eq!(read_exceptions(&example.to_string()).unwrap().len(), 2);
    check(&validator, "README.md", &example);
    let broken: [fn(&mut Value); 6] = [
        |file| file["schema"] = "countersign-exceptions/2".into(),
        |file| file["exceptions"][0]["network"] = "10.0.0.0/24".into(),
        |file| drop(file["exceptions"][0].as_object_mut().unwrap().remove("host")),
        |file| drop(file["exceptions"][0].as_object_mut().unwrap().remove("owner")),
        |file| file["exceptions"][0]["sides"] = "server".into(),
        |file| file["exceptions"][0]["role"] = "toaster".into(),
    ];
    for change in broken {
        let mut file = example.clone();
        change(&mut file);
        assert!(!validator.is_valid(&file), "{file:#}");
        assert!(read_exceptions(&file.to_string()).is_err(), "{file:#}");
    }
}

fn validator() -> Validator {
    validator_of("schema/countersign-report-1.json")
}

fn validator_of(path: &str) -> Validator {
    let schema = fs::read_to_string(root().join(path)).unwrap();
    jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap()
}

/// The report on a file; `None` where it is no capture.
fn report_on(file: &Path) -> Option<Value> {
    let report = analyze(name_of(file), &fs::read(file).ok()?).ok()?;
    Some(serde_json::to_value(report).unwrap())
}

fn check(validator: &Validator, name: &str, report: &Value) {
    let errors: Vec<String> = validator
        .iter_errors(report)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{name}:\n{}", errors.join("\n"));
}
