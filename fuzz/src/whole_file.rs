//! A whole capture file, from its bytes to the report.

use countersign::analysis::{Analysis, Options, Results};
use countersign::limits::Limits;
use countersign::report::text::{Judged, Posture, Sheet, Style, render};
use countersign::report::words::is_unprintable;
use countersign::report::{
    MessageCounts, Report, RowQuery, SessionCounts, SessionRow, select_rows,
};

use super::choices::numbers_of;

/// Bounds so tight that a small file reaches each of them.
const TIGHT: Limits = Limits {
    record_bytes: 1 << 12,
    interfaces: 3,
    problems: 2,
    fragmented_datagrams: 2,
    fragment_bytes: 1 << 12,
    flows: 2,
    pending_bytes_per_direction: 600,
    pending_bytes: 1_000,
    detection_bytes: 200,
    message_bytes: 200,
    outstanding_requests: 2,
    connections: 2,
    kept_message_bytes: 150,
    kept_bytes: 600,
    packet_list_bytes: 16,
    setup_messages_per_session: 2,
    sessions: 2,
    trees_per_session: 1,
    channels_per_session: 1,
    ..Limits::DEFAULT
};

/// Reads `file` as a capture: whole, and in one of several other ways that follow from its bytes.
pub fn check(file: &[u8]) {
    let mut numbers = numbers_of(file);
    let whole = read(&[file], Limits::DEFAULT, || usize::MAX);
    let way = numbers() % 4;
    let results = match whole {
        Ok(results) => results,
        Err(sentence) => {
            let in_pieces = read(&[file], Limits::DEFAULT, || 1 + numbers() as usize % 64);
            return assert_eq!(in_pieces.map(drop), Err(sentence), "it depends on the pieces");
        }
    };
    let report = results.report();
    look_at(&results, &report, file.len());
    match way {
        0 => in_pieces(file, Limits::DEFAULT, &report),
        1 => {
            let tight = read(&[file], TIGHT, || usize::MAX).unwrap();
            let report = tight.report();
            look_at(&tight, &report, file.len());
            in_pieces(file, TIGHT, &report);
        }
        // In a damaged file it depends on what follows where the next packet is.
        2 if report.captures[0].problems.is_empty() => {
            let len = numbers() as usize % (file.len() + 1);
            if let Ok(cut) = read(&[&file[..len]], Limits::DEFAULT, || usize::MAX) {
                let packets = cut.captures()[0].packets;
                assert!(packets <= report.captures[0].packets, "a cut file has more packets");
            }
        }
        _ => {
            let twice = read(&[file, file], Limits::DEFAULT, || 1 + numbers() as usize % 4_096);
            let report = twice.unwrap().report();
            assert_eq!(report.captures[0].packets, report.captures[1].packets);
        }
    }
}

/// The report on `file` is the same however its bytes are cut.
fn in_pieces(file: &[u8], limits: Limits, report: &Report) {
    let mut numbers = numbers_of(file);
    let most = 1 + 8 * (numbers() % 64) as usize;
    let pieces = read(&[file], limits, || 1 + numbers() as usize % most).unwrap();
    assert_eq!(pieces.report(), *report, "the report depends on how the bytes are cut");
}

/// Pushes `files` as one run, in pieces of as many bytes as `len` says.
pub(crate) fn read(
    files: &[&[u8]],
    limits: Limits,
    mut len: impl FnMut() -> usize,
) -> Result<Results, String> {
    let mut analysis = Analysis::new(Options { limits, ..Options::DEFAULT });
    let mut rests = files.to_vec();
    for number in 0..files.len() {
        analysis.add_source(format!("{number}"));
    }
    while let Some(source) = analysis.wants() {
        let rest = &mut rests[source.0];
        if rest.is_empty() {
            analysis.end(source);
            continue;
        }
        let (piece, after) = rest.split_at(len().clamp(1, rest.len()));
        *rest = after;
        analysis.push(source, piece);
    }
    analysis.finish().map_err(|error| error.to_string())
}

/// What holds of every report, and of every way to look at one.
pub(crate) fn look_at(results: &Results, report: &Report, file_len: usize) {
    let json = serde_json::to_string(report).unwrap();
    let again: Report = serde_json::from_str(&json).unwrap();
    assert_eq!(again, *report, "the JSON says something else");
    // A report is never out of proportion to what was read.
    assert!(json.len() <= 200_000 + 400 * file_len, "{} bytes of JSON", json.len());

    let records: Vec<u64> = report.captures.iter().map(|capture| capture.packets).collect();
    for session in &report.sessions {
        for counts in [&session.messages.from_client, &session.messages.from_server] {
            check_counts(counts);
        }
        let packets = records[session.capture];
        assert!(packets > 0 && session.first_packet > 0);
        for evidence in &session.evidence {
            assert!(evidence.capture < records.len());
        }
    }
    let rows: Vec<SessionRow> = results.rows().collect();
    assert_eq!(rows.len(), report.sessions.len());
    for (row, session) in rows.iter().zip(&report.sessions) {
        assert_eq!((&row.key, row.status), (&session.key, session.status));
    }
    let page = select_rows(&rows, &RowQuery::default(), |_, _| true);
    assert!(page.len() <= rows.len());
    let width = [None, Some(80), Some(200)][file_len % 3];
    if file_len % 8 < 3 {
        let style = Style { width, is_colored: false };
        let overview = results.overview_of(&SessionCounts::of(&rows));
        let mut sheet = Sheet::new(results.captures(), style);
        rows.iter().for_each(|row| sheet.add(row));
        let row_of = |key: &str| results.row(results.place_of(key)?);
        let mut posture = Posture::default();
        results.hosts().iter().for_each(|host| posture.add(host));
        let judged = Judged {
            posture: &posture,
            findings: &results.findings(),
            exceptions: &results.exceptions(),
        };
        let text = render(&overview, sheet, row_of, judged);
        let odd = text.chars().find(|it| *it != '\n' && is_unprintable(*it));
        assert_eq!(odd, None, "a terminal would obey it");
    }
}

/// Every message falls into exactly one bucket.
fn check_counts(counts: &MessageCounts) {
    let sum = counts.encrypted
        + counts.unreadable
        + counts.exempt
        + counts.baseline_signed
        + counts.baseline_unsigned
        + counts.zero_signature
        + counts.signed
        + counts.unsigned;
    assert_eq!(sum, counts.total, "{counts:?}");
    assert!(counts.signed + counts.unsigned <= counts.eligible, "{counts:?}");
    assert!(counts.eligible <= counts.total, "{counts:?}");
    assert!(counts.verified + counts.failed + counts.unchecked <= counts.total, "{counts:?}");
}
