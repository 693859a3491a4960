//! The JSON Schema of the report, made of its types.
//!
//! `UPDATE_EXPECTED=1 cargo test --lib report::schema` writes it anew; the difference is then for a
//! person to read.

use std::{env, fs};

use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use super::{Report, SCHEMA};

/// Where it is kept, from the root of the package.
const PATH: &str = "schema/countersign-report-1.json";

#[test]
fn the_published_schema_is_that_of_the_types() {
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let mut schema = generator.into_root_schema_for::<Report>().to_value();
    schema["title"] = json!("A report of Countersign");
    schema["properties"]["schema"]["const"] = json!(SCHEMA);
    without_links(&mut schema);
    let found = serde_json::to_string_pretty(&schema).unwrap() + "\n";
    let path = format!("{}/{PATH}", env!("CARGO_MANIFEST_DIR"));
    if env::var_os("UPDATE_EXPECTED").is_some_and(|value| value == "1") {
        fs::write(&path, &found).unwrap();
    }
    let published = fs::read_to_string(&path).unwrap();
    assert!(found == published, "{PATH} is not that of the types: see the head of this file");
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
