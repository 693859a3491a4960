//! TOML as far as a secrets file goes: tables in lists, with texts and whole numbers.
//!
//! toml_parser finds what stands where and keeps nothing. Crates that make a document of it keep
//! texts that are never wiped from memory, and tell of errors with the lines that they are in.

use toml_parser::decoder::{ScalarKind, StringBuilder};
use toml_parser::parser::{Event, EventKind, RecursionGuard, ValidateWhitespace, parse_document};
use toml_parser::{ParseError, Raw, Source};
use zeroize::Zeroizing;

/// Brackets in brackets that are looked into; a secrets file has none.
const DEPTH: u32 = 8;

/// A part of a file that is not TOML.
pub(super) struct Fault {
    /// Where, in bytes from the start of the file.
    pub(super) start: usize,
    /// What is wrong, in one of the parser's own sentences, none of which quotes the file.
    pub(super) description: String,
}

impl From<ParseError> for Fault {
    fn from(error: ParseError) -> Fault {
        let place = error.unexpected().or(error.context());
        Fault {
            start: place.map_or(0, |place| place.start()),
            description: error.description().to_owned(),
        }
    }
}

/// A table and what it holds; the first one is that of the file, without a name.
pub(super) struct Table<'i> {
    /// Its name, if it is a single one.
    pub(super) name: Name,
    /// Where it starts, in bytes from the start of the file.
    pub(super) start: usize,
    /// Whether it is what stands before all other tables.
    pub(super) is_file: bool,
    /// Whether it is in two brackets.
    pub(super) is_in_list: bool,
    pub(super) pairs: Vec<Pair<'i>>,
}

impl Table<'_> {
    fn new(start: usize, is_file: bool, is_in_list: bool) -> Self {
        Table { name: Name::default(), start, is_file, is_in_list, pairs: Vec::new() }
    }
}

/// A key and its value.
pub(super) struct Pair<'i> {
    pub(super) key: Name,
    /// Where it starts, in bytes from the start of the file.
    pub(super) start: usize,
    value: Option<Raw<'i>>,
}

/// A key with or without dots.
#[derive(Default)]
pub(super) struct Name {
    parts: Vec<Zeroizing<String>>,
}

impl Name {
    /// Whether it is `name`, and not in parts.
    pub(super) fn is(&self, name: &str) -> bool {
        matches!(&self.parts[..], [part] if part.as_str() == name)
    }
}

/// A value.
pub(super) enum Value {
    Text(Zeroizing<String>),
    Number(i64),
    /// One of another kind, or one that TOML does not allow.
    Other,
}

impl Pair<'_> {
    /// Reads the value.
    pub(super) fn value(&self) -> Value {
        let Some(raw) = self.value else { return Value::Other };
        let mut text = Text::of(raw);
        let mut error = None;
        let kind = raw.decode_scalar(&mut text, &mut error);
        match (error, kind) {
            (None, ScalarKind::String) => Value::Text(text.0),
            (None, ScalarKind::Integer(radix)) => {
                i64::from_str_radix(&text.0, radix.value()).map_or(Value::Other, Value::Number)
            }
            _ => Value::Other,
        }
    }
}

/// Reads the tables of a file.
pub(super) fn tables(file: &str) -> Result<Vec<Table<'_>>, Fault> {
    let source = Source::new(file);
    let tokens: Vec<_> = source.lex().collect();
    let mut events: Vec<Event> = Vec::new();
    let mut error = None;
    let mut collect = |event: Event| match event.kind() {
        EventKind::Whitespace | EventKind::Newline | EventKind::Comment => {}
        _ => events.push(event),
    };
    let mut blanks = ValidateWhitespace::new(&mut collect, source);
    parse_document(&tokens, &mut RecursionGuard::new(&mut blanks, DEPTH), &mut error);
    let mut reader = Reader::default();
    for event in &events {
        reader.take(event, source, &mut error);
    }
    match error {
        Some(error) => Err(Fault::from(error)),
        None => Ok(reader.tables),
    }
}

/// Puts tables together from what stands in a file.
struct Reader<'i> {
    tables: Vec<Table<'i>>,
    /// Whether the name of a table is being read.
    is_in_header: bool,
    /// Lists and tables in a value that are open.
    depth: usize,
    /// The key whose value is to come.
    key: Name,
    /// Where that key starts.
    start: usize,
}

impl Default for Reader<'_> {
    fn default() -> Self {
        let tables = vec![Table::new(0, true, false)];
        Reader { tables, is_in_header: false, depth: 0, key: Name::default(), start: 0 }
    }
}

impl<'i> Reader<'i> {
    fn take(&mut self, event: &Event, source: Source<'i>, error: &mut Option<ParseError>) {
        match event.kind() {
            kind @ (EventKind::StdTableOpen | EventKind::ArrayTableOpen) => {
                let is_in_list = kind == EventKind::ArrayTableOpen;
                self.tables.push(Table::new(event.span().start(), false, is_in_list));
                self.is_in_header = true;
            }
            EventKind::StdTableClose | EventKind::ArrayTableClose => self.is_in_header = false,
            EventKind::SimpleKey if self.depth == 0 => {
                let Some(raw) = source.get(event) else { return };
                let mut part = Text::of(raw);
                raw.decode_key(&mut part, error);
                self.name_part(part.0, event.span().start());
            }
            EventKind::Scalar if self.depth == 0 => self.pair(source.get(event)),
            EventKind::InlineTableOpen | EventKind::ArrayOpen => {
                if self.depth == 0 {
                    self.pair(None);
                }
                self.depth = self.depth.saturating_add(1);
            }
            EventKind::InlineTableClose | EventKind::ArrayClose => {
                self.depth = self.depth.saturating_sub(1);
            }
            _ => {}
        }
    }

    /// Takes a part of a table's name or of a key.
    fn name_part(&mut self, part: Zeroizing<String>, start: usize) {
        if self.is_in_header {
            if let Some(table) = self.tables.last_mut() {
                table.name.parts.push(part);
            }
            return;
        }
        if self.key.parts.is_empty() {
            self.start = start;
        }
        self.key.parts.push(part);
    }

    /// Takes the value of the key.
    fn pair(&mut self, value: Option<Raw<'i>>) {
        let key = std::mem::take(&mut self.key);
        if let Some(table) = self.tables.last_mut() {
            table.pairs.push(Pair { key, start: self.start, value });
        }
    }
}

/// A text that is wiped from memory.
struct Text(Zeroizing<String>);

impl Text {
    /// An empty one, as large as it gets, so that no part of it stays behind when it grows.
    fn of(raw: Raw<'_>) -> Text {
        Text(Zeroizing::new(String::with_capacity(raw.len())))
    }
}

impl<'i> StringBuilder<'i> for Text {
    fn clear(&mut self) {
        self.0.clear();
    }

    fn push_str(&mut self, append: &'i str) -> bool {
        self.0.push_str(append);
        true
    }

    fn push_char(&mut self, append: char) -> bool {
        self.0.push(append);
        true
    }
}
