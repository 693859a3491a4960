//! A place in a file from which on the next packet has to be searched for.

use super::CaptureFacts;
use super::problem::ProblemCode;

/// What could not be read, and where it starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Damage {
    /// Where it starts in the file, in bytes.
    pub(super) at: u64,
    /// The number that the packet there has, or that the next one would have.
    pub(super) packet: u64,
    /// What kind of problem it is.
    pub(super) code: ProblemCode,
    /// What is wrong there, as a sentence.
    pub(super) what: String,
}

impl Damage {
    /// Reports it: reading goes on at `found`, with "packet" or "block" `next`.
    #[cold]
    pub(super) fn report_skipped(self, found: u64, next: &str, facts: &mut CaptureFacts) {
        let Damage { at, packet, code, what } = self;
        let skipped = found.saturating_sub(at);
        facts.report_at(code, at, packet, || {
            format!(
                "{what} {skipped} bytes are damaged and were skipped; reading went on with the \
                 {next} at byte {found}. Packets among them are missing, and Wireshark stops there, \
                 so it gives no numbers to those after it. If there is another copy, read that."
            )
        });
    }

    /// Reports it: nothing that can be read follows before the file ends, `end` bytes after its
    /// start.
    #[cold]
    pub(super) fn report_end(self, end: u64, facts: &mut CaptureFacts) {
        let Damage { at, packet, code, what } = self;
        let skipped = end.saturating_sub(at);
        facts.report_at(code, at, packet, || {
            format!(
                "{what} The last {skipped} bytes of the file are damaged and hold nothing that can \
                 be read; what comes before was read. If there is another copy, read that."
            )
        });
    }
}
