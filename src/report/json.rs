//! A report as indented JSON, written part by part.

use std::io::{self, Write};

use serde::Serialize;

/// Writes the members of one object, lists of them item by item. What comes out is what
/// [`serde_json`] writes of the whole.
pub struct ObjectWriter<W> {
    out: W,
    members: usize,
    /// Items of the list that is open.
    items: usize,
}

impl<W: Write> ObjectWriter<W> {
    /// The begin of an object.
    pub fn new(mut out: W) -> io::Result<ObjectWriter<W>> {
        out.write_all(b"{")?;
        Ok(ObjectWriter { out, members: 0, items: 0 })
    }

    /// A member with its value.
    pub fn member(&mut self, name: &str, value: &impl Serialize) -> io::Result<()> {
        self.name(name)?;
        self.value(value, 1)
    }

    /// The begin of a member that is a list.
    pub fn begin_list(&mut self, name: &str) -> io::Result<()> {
        self.name(name)?;
        self.items = 0;
        self.out.write_all(b"[")
    }

    /// The next item of the list.
    pub fn item(&mut self, item: &impl Serialize) -> io::Result<()> {
        let before: &[u8] = if self.items == 0 { b"\n    " } else { b",\n    " };
        self.out.write_all(before)?;
        self.items += 1;
        self.value(item, 2)
    }

    /// The end of the list.
    pub fn end_list(&mut self) -> io::Result<()> {
        let end: &[u8] = if self.items == 0 { b"]" } else { b"\n  ]" };
        self.out.write_all(end)
    }

    /// The end of the object, and of a line.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.write_all(b"\n}\n")?;
        Ok(self.out)
    }

    fn name(&mut self, name: &str) -> io::Result<()> {
        let before: &[u8] = if self.members == 0 { b"\n  " } else { b",\n  " };
        self.out.write_all(before)?;
        self.members += 1;
        serde_json::to_writer(&mut self.out, name)?;
        self.out.write_all(b": ")
    }

    /// A value of which the first line is already indented. Its text holds ends of lines only where
    /// they were put for reading, for within strings they are written as `\n`.
    fn value(&mut self, value: &impl Serialize, depth: usize) -> io::Result<()> {
        let text = serde_json::to_string_pretty(value)?;
        let mut lines = text.split('\n');
        if let Some(first) = lines.next() {
            self.out.write_all(first.as_bytes())?;
        }
        for line in lines {
            self.out.write_all(b"\n")?;
            (0..depth).try_for_each(|_| self.out.write_all(b"  "))?;
            self.out.write_all(line.as_bytes())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::ObjectWriter;

    #[test]
    fn parts_are_written_as_the_whole_is() {
        let whole = serde_json::json!({
            "a": "x\ny",
            "b": [{ "c": [1, 2], "d": {} }, []],
            "c": [],
            "d": { "e": null },
        });
        let mut writer = ObjectWriter::new(Vec::new()).unwrap();
        for (name, value) in whole.as_object().unwrap() {
            match value.as_array() {
                Some(items) => {
                    writer.begin_list(name).unwrap();
                    items.iter().for_each(|item| writer.item(item).unwrap());
                    writer.end_list().unwrap();
                }
                None => writer.member(name, value).unwrap(),
            }
        }
        let written = String::from_utf8(writer.finish().unwrap()).unwrap();
        assert_eq!(written, format!("{whole:#}\n"));
    }
}
