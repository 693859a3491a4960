//! The sessions of a run as text: a table, taken row by row.
//!
//! What a program reads is kept as the text of its cells until the last row has told how wide the
//! columns are, and costs little more than what is written. For a terminal the table library breaks
//! lines and colours cells, some rows at a time.

use std::collections::HashSet;

use comfy_table::{
    Attribute, Cell, Color, ColumnConstraint, ContentArrangement, ContentLineStyle, LineStyle,
    Table, TableStyle, Width,
};
use foldhash::fast::FixedState;
use unicode_width::UnicodeWidthStr;

use super::{Style, endpoint};
use crate::report::words::{self, printable};
use crate::report::{Capture, Coverage, SessionRow, SigningStatus};

/// The narrowest terminal in which a table can be read; below it each session is a paragraph.
const TABLE_WIDTH: u16 = 130;

/// Columns that a status needs at least, so that it is not broken into single words.
const STATUS_WIDTH: u16 = 28;

/// Rows that are laid out at once for a terminal; more would take more memory than is worth columns
/// of one width over so many screens.
const ROWS_AT_ONCE: usize = 1_000;

/// Conversations of which it is said that they were recorded in several places; the JSON report says
/// it of all.
const VIEWS_NAMED: usize = 10;

/// The headings of the columns.
const HEADINGS: [&str; 8] =
    ["Client", "Server", "SMB", "Account", "Required by", "Status", "Messages", "Packets"];

/// The sessions of a run as text, while they are gathered.
pub struct Sheet<'a> {
    /// The captures, where there are several to tell apart.
    captures: Option<&'a [Capture]>,
    style: Style,
    /// The cells for a program, each with [`END_OF_CELL`] behind it.
    cells: String,
    /// How wide each column is.
    widths: Vec<usize>,
    /// The rows for a terminal that are not laid out yet.
    waiting: Vec<Vec<Cell>>,
    /// What is laid out.
    text: String,
    views: Views,
}

/// What stands behind a cell that waits; no cell has it in it, for it would not be printable.
const END_OF_CELL: char = '\t';

/// The sessions that were recorded in several places, as far as they are named.
#[derive(Default)]
pub(super) struct Views {
    /// The first of each conversation.
    pub(super) named: Vec<SessionRow>,
    /// The others of those conversations.
    told: HashSet<String, FixedState>,
    /// There are further ones.
    pub(super) are_more: bool,
}

impl<'a> Sheet<'a> {
    /// No sessions yet, of a run over `captures`.
    pub fn new(captures: &'a [Capture], style: Style) -> Sheet<'a> {
        let mut sheet = Sheet {
            captures: Some(captures).filter(|captures| captures.len() > 1),
            style,
            cells: String::new(),
            widths: Vec::new(),
            waiting: Vec::new(),
            text: String::new(),
            views: Views::default(),
        };
        sheet.widths = sheet.headings().map(UnicodeWidthStr::width).collect();
        sheet
    }

    /// Adds a session.
    pub fn add(&mut self, row: &SessionRow) {
        self.views.add(row);
        if self.is_for_program() {
            return self.add_cells(row);
        }
        let cells = if self.is_paragraphs() {
            vec![paragraph(row, self.captures)]
        } else {
            // A name has a line of its own where lines are short.
            let texts = cells(row, self.captures, "\n").into_iter().enumerate();
            texts
                .map(|(place, text)| match place {
                    STATUS_COLUMN => colored(Cell::new(text), row.status),
                    _ => Cell::new(text),
                })
                .collect()
        };
        self.waiting.push(cells);
        if self.waiting.len() >= ROWS_AT_ONCE {
            self.lay_out();
        }
    }

    /// The table, and the sessions that were recorded in several places.
    pub(super) fn finish(mut self) -> (String, Views) {
        if self.is_for_program() {
            self.write_cells();
        } else {
            self.lay_out();
        }
        (self.text, self.views)
    }

    fn headings(&self) -> impl Iterator<Item = &'static str> + use<> {
        HEADINGS.into_iter().chain(self.captures.map(|_| "Capture"))
    }

    /// Whether each session is one line, however long, and without colours.
    fn is_for_program(&self) -> bool {
        self.style == Style::default()
    }

    fn is_paragraphs(&self) -> bool {
        self.style.width.is_some_and(|width| width < TABLE_WIDTH)
    }

    /// Takes the cells of a row for a program.
    fn add_cells(&mut self, row: &SessionRow) {
        for (cell, width) in cells(row, self.captures, " ").iter().zip(&mut self.widths) {
            *width = cell.width().max(*width);
            self.cells.push_str(cell);
            self.cells.push(END_OF_CELL);
        }
    }

    /// Writes the cells in columns, under their headings.
    fn write_cells(&mut self) {
        let headings: Vec<&str> = self.headings().collect();
        // A space on either side of each column, and one between two.
        let line: usize = self.widths.iter().map(|width| width + 2).sum();
        let columns = self.widths.len();
        push_row(&mut self.text, headings.into_iter(), &self.widths);
        self.text.extend(std::iter::repeat_n('─', line + columns.saturating_sub(1)));
        self.text.push('\n');
        let mut cells = self.cells.split_terminator(END_OF_CELL).peekable();
        while cells.peek().is_some() {
            push_row(&mut self.text, cells.by_ref().take(columns), &self.widths);
        }
    }

    /// Lays out the rows that wait.
    fn lay_out(&mut self) {
        let is_first = self.text.is_empty();
        let rows = std::mem::take(&mut self.waiting);
        if rows.is_empty() && !is_first {
            return;
        }
        let mut table = self.table();
        if is_first && !self.is_paragraphs() {
            let bold = |heading| Cell::new(heading).add_attribute(Attribute::Bold);
            table.set_header(self.headings().map(bold));
        }
        table.add_rows(rows);
        if let (Some(_), false) = (self.style.width, self.is_paragraphs()) {
            constrain(&mut table);
        }
        self.text.push_str(&table.trim_fmt());
        self.text.push('\n');
    }

    /// A table without rows for a terminal.
    fn table(&self) -> Table {
        let mut table = Table::new();
        table.force_no_tty();
        table.load_style(
            TableStyle::new()
                .header_lines(ContentLineStyle::none().junction(' '))
                .header_separator(LineStyle::none().fill('─').junction('─'))
                .content_lines(ContentLineStyle::none().junction(' ')),
        );
        if let Some(width) = self.style.width {
            table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
        }
        if self.style.is_colored {
            table.enforce_styling();
        }
        table
    }
}

impl Views {
    fn add(&mut self, row: &SessionRow) {
        let is_full = self.named.len() >= VIEWS_NAMED;
        if row.same_as.is_empty() || self.are_more || self.told.contains(&row.key) {
            return;
        }
        if is_full {
            self.are_more = true;
            return;
        }
        self.told.extend(row.same_as.iter().cloned());
        self.named.push(row.clone());
    }
}

/// Addresses and numbers stay whole; sentences and names are what is wrapped.
fn constrain(table: &mut Table) {
    for (place, column) in table.column_iter_mut().enumerate() {
        let constraint = match place {
            0 | 1 | 2 | 7 => ColumnConstraint::ContentWidth,
            STATUS_COLUMN => ColumnConstraint::LowerBoundary(Width::Fixed(STATUS_WIDTH)),
            _ => continue,
        };
        column.set_constraint(constraint);
    }
}

/// Writes a row's cells in columns, without spaces at the end of the line.
fn push_row<'a>(text: &mut String, cells: impl Iterator<Item = &'a str>, widths: &[usize]) {
    // Blanks are written when something follows them.
    let mut blanks = 1;
    for (cell, width) in cells.zip(widths) {
        text.extend(std::iter::repeat_n(' ', blanks));
        text.push_str(cell);
        blanks = width.saturating_sub(cell.width()) + 3;
    }
    text.truncate(text.trim_end_matches(' ').len());
    text.push('\n');
}

/// The place of the status among the columns.
const STATUS_COLUMN: usize = 5;

/// The texts of one session's cells, with `between` an address and its name, and with the capture's
/// name where `captures` are several.
fn cells(row: &SessionRow, captures: Option<&[Capture]>, between: &str) -> Vec<String> {
    let mut cells = vec![
        endpoint(&row.client, between),
        endpoint(&row.server, between),
        row.dialect.map_or("not seen", words::dialect).to_owned(),
        account(row),
        words::required_by(row.policy).to_owned(),
        printable(&status_text(row)),
        messages(row),
        format!("{}-{}", row.first_packet, row.last_packet),
    ];
    cells.extend(captures.map(|captures| capture_name(row, captures)));
    cells
}

/// One session as a paragraph.
fn paragraph(row: &SessionRow, captures: Option<&[Capture]>) -> Cell {
    let mut text = format!(
        "{} → {}\n  {}\n  SMB {}; account: {}; signing required by: {}\n  {}, packets {}-{}",
        endpoint(&row.client, " "),
        endpoint(&row.server, " "),
        printable(&status_text(row)),
        row.dialect.map_or("not seen", words::dialect),
        account(row),
        words::required_by(row.policy),
        messages(row),
        row.first_packet,
        row.last_packet,
    );
    if let Some(captures) = captures {
        text.push_str(&format!(" of {}", capture_name(row, captures)));
    }
    text.push('\n');
    colored(Cell::new(text), row.status)
}

/// The account, and whether the server made it a guest.
fn account(row: &SessionRow) -> String {
    let mut account = row.account.clone().unwrap_or_else(|| "not seen".to_owned());
    if row.guest == Some(true) {
        account.push_str(" (guest)");
    }
    printable(&account)
}

/// The messages after the setup, by what protects them.
fn messages(row: &SessionRow) -> String {
    let counts = [
        (row.messages.signed, "signed"),
        (row.messages.encrypted, "encrypted"),
        (row.messages.unsigned, "unsigned"),
        (row.messages.zero_signature, "with a signature of zeros"),
        (row.messages.unreadable, "unreadable"),
    ];
    let counts: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    if counts.is_empty() { "none".to_owned() } else { counts.join(", ") }
}

fn capture_name(row: &SessionRow, captures: &[Capture]) -> String {
    printable(captures.get(row.capture).map_or("", |capture| &capture.name))
}

fn colored(cell: Cell, status: SigningStatus) -> Cell {
    match color(status) {
        Some(color) => cell.fg(color),
        None => cell,
    }
}

/// The verdict, and what the capture lacks where it lacks something.
fn status_text(row: &SessionRow) -> String {
    let mut text = row.phrase.clone();
    for coverage in row.coverage.iter().filter(|it| **it != Coverage::Complete) {
        text.push_str("; ");
        text.push_str(words::coverage(*coverage));
    }
    if let Some(accepted) = &row.exception {
        text.push_str(&format!(" (accepted by exception {})", accepted.exception + 1));
    }
    text
}

/// Red for what is wrong, yellow for what is open to change, green for what is protected; the words
/// say the same.
fn color(status: SigningStatus) -> Option<Color> {
    match status {
        SigningStatus::BadSignature | SigningStatus::SigningViolated => Some(Color::Red),
        SigningStatus::Unsigned
        | SigningStatus::UnsignedSetupOnly
        | SigningStatus::UnsignedGuest
        | SigningStatus::UnsignedAnonymous
        | SigningStatus::Selective
        | SigningStatus::EncryptedPartly
        | SigningStatus::KeyMismatch => Some(Color::Yellow),
        SigningStatus::SignedUnverified
        | SigningStatus::SignedPartlyVerified
        | SigningStatus::SignedVerified
        | SigningStatus::Encrypted
        | SigningStatus::EncryptedVerified => Some(Color::Green),
        SigningStatus::BaselineOnly | SigningStatus::NoSession | SigningStatus::Unknown => None,
    }
}
