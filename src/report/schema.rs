//! The JSON Schemas of the report and of files of exceptions, made of their types.
//!
//! `UPDATE_EXPECTED=1 cargo test --lib report::schema` writes them anew; the difference is then for a
//! person to read.

use std::{env, fs};

use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use super::{EXCEPTIONS_SCHEMA, ExceptionFile, Report, SCHEMA};

#[test]
fn the_published_schema_is_that_of_the_types() {
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let mut schema = generator.into_root_schema_for::<Report>().to_value();
    schema["title"] = json!("A report of Countersign");
    schema["properties"]["schema"]["const"] = json!(SCHEMA);
    compare(schema, "schema/countersign-report-1.json");
}

#[test]
fn the_published_schema_of_exceptions_is_that_of_the_types() {
    let generator = SchemaSettings::draft2020_12().for_deserialize().into_generator();
    let mut schema = generator.into_root_schema_for::<ExceptionFile>().to_value();
    schema["title"] = json!("Accepted exceptions of Countersign");
    schema["properties"]["schema"]["const"] = json!(EXCEPTIONS_SCHEMA);
    let exception = &mut schema["$defs"]["Exception"];
    exception["oneOf"] = json!([{ "required": ["host"] }, { "required": ["network"] }]);
    for day in ["accepted_on", "expires_on"] {
        exception["properties"][day]["format"] = json!("date");
    }
    compare(schema, "schema/countersign-exceptions-1.json");
}

/// Compares a schema with the one that is kept at `kept`, from the root of the package.
fn compare(mut schema: Value, kept: &str) {
    without_links(&mut schema);
    let found = serde_json::to_string_pretty(&schema).unwrap() + "\n";
    let path = format!("{}/{kept}", env!("CARGO_MANIFEST_DIR"));
    if env::var_os("UPDATE_EXPECTED").is_some_and(|value| value == "1") {
        fs::write(&path, &found).unwrap();
    }
    let published = fs::read_to_string(&path).unwrap_or_default();
    assert!(found == published, "{kept} is not that of the types: see the head of this file");
}

/// Takes the marks of links out of descriptions, which lead nowhere outside of the source.
fn without_links(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(text) if name == "description" => {
                        *text = text.replace("[`", "`").replace("`]", "`");
                    }
                    _ => without_links(member),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(without_links),
        _ => {}
    }
}
