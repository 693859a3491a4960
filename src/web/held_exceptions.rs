//! The accepted exceptions that the worker judges with.

use super::protocol::GivenExceptions;
use crate::analysis::{Results, day, read_exceptions};
use crate::report::{EXCEPTIONS_SCHEMA, ExceptionFile};

/// Accepted exceptions that were checked, and the day to look at them.
#[derive(Clone)]
pub(super) struct HeldExceptions {
    /// The text of their file.
    pub(super) text: String,
    /// What they are.
    pub(super) file: ExceptionFile,
    today: String,
}

impl HeldExceptions {
    /// Checks what was given; the error is a sentence that says what is wrong and where.
    pub(super) fn read(given: GivenExceptions, today: String) -> Result<HeldExceptions, String> {
        let sentence = |error: String| format!("The exceptions were not taken: {error}.");
        let text = match given {
            GivenExceptions::Text(text) => text,
            GivenExceptions::File(file) => {
                serde_json::to_string(&file).map_err(|error| sentence(error.to_string()))?
            }
        };
        let entries = read_exceptions(&text).map_err(|error| sentence(error.to_string()))?;
        day(&today).map_err(|fault| sentence(fault.to_string()))?;
        let exceptions = entries.into_iter().map(|entry| entry.exception).collect();
        let file = ExceptionFile { schema: EXCEPTIONS_SCHEMA.to_owned(), exceptions };
        let text =
            serde_json::to_string_pretty(&file).map_err(|error| sentence(error.to_string()))?;
        Ok(HeldExceptions { text: text + "\n", file, today })
    }

    /// Tells a run of them.
    pub(super) fn apply(&self, results: &mut Results) {
        if let (Ok(entries), Ok(today)) = (read_exceptions(&self.text), day(&self.today)) {
            results.accept(entries, today);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"{ "schema": "countersign-exceptions/1", "exceptions": [
        { "host": "10.0.0.5", "side": "server", "reason": "old scanner", "owner": "storage",
          "accepted_on": "2026-01-31" } ] }"#;

    #[test]
    fn what_was_read_is_written_so_that_it_reads_the_same() {
        let read = |given| HeldExceptions::read(given, "2026-02-01".to_owned());
        let first = read(GivenExceptions::Text(FILE.to_owned())).unwrap();
        assert_eq!(first.file.exceptions.len(), 1);
        let second = read(GivenExceptions::File(first.file.clone())).unwrap();
        assert_eq!((&second.file, &second.text), (&first.file, &first.text));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let read = |text: &str, today: &str| {
            HeldExceptions::read(GivenExceptions::Text(text.to_owned()), today.to_owned())
                .err()
                .unwrap()
        };
        assert!(read("x", "2026-02-01").starts_with("The exceptions were not taken: "));
        assert!(read(&FILE.replace("10.0.0.5", "fs1"), "2026-02-01").contains("fs1"));
        assert!(read(FILE, "1.2.2026").contains("YYYY-MM-DD"));
    }
}
