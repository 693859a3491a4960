//! DEFLATE data, as gzip and ZIP hold it: <https://www.rfc-editor.org/rfc/rfc1951>.

use std::fmt;

use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::{EXPANDED_BYTES, FaultKind};

/// Decompresses one run of DEFLATE data after the other, each with its CRC-32.
pub(super) struct Inflate {
    decompress: Decompress,
    crc: Crc,
    output: Vec<u8>,
    len: usize,
}

impl Inflate {
    pub(super) fn new() -> Inflate {
        Inflate {
            decompress: Decompress::new(false),
            crc: Crc::new(),
            output: vec![0; EXPANDED_BYTES],
            len: 0,
        }
    }

    /// Makes ready for other data.
    pub(super) fn reset(&mut self) {
        self.decompress.reset(false);
        self.crc.reset();
        self.len = 0;
    }

    /// Appends what `input` expands to, until it is used up, there is no room or the data has
    /// ended; true where it has.
    pub(super) fn run(&mut self, input: &mut &[u8]) -> Result<bool, FaultKind> {
        loop {
            let room = self.output.get_mut(self.len..).unwrap_or(&mut []);
            let (read, made) = (self.decompress.total_in(), self.decompress.total_out());
            let status = self.decompress.decompress(input, room, FlushDecompress::None);
            let read = (self.decompress.total_in() - read) as usize;
            let made = (self.decompress.total_out() - made) as usize;
            *input = input.get(read..).unwrap_or(&[]);
            self.crc.update(room.get(..made).unwrap_or(&[]));
            self.len = self.len.saturating_add(made);
            match status {
                Err(_) => return Err(FaultKind::Damaged),
                Ok(Status::StreamEnd) => return Ok(true),
                Ok(_) if self.is_full() || (read == 0 && made == 0) => return Ok(false),
                Ok(_) => {}
            }
        }
    }

    /// Whether there is no room for more.
    pub(super) fn is_full(&self) -> bool {
        self.len >= self.output.len()
    }

    /// What was appended.
    pub(super) fn contents(&self) -> &[u8] {
        self.output.get(..self.len).unwrap_or(&[])
    }

    /// Makes room.
    pub(super) fn clear(&mut self) {
        self.len = 0;
    }

    /// The CRC-32 of all that came out since the last reset.
    pub(super) fn crc(&self) -> u32 {
        self.crc.sum()
    }

    /// Bytes taken since the last reset.
    pub(super) fn total_in(&self) -> u64 {
        self.decompress.total_in()
    }

    /// Bytes that came out since the last reset.
    pub(super) fn total_out(&self) -> u64 {
        self.decompress.total_out()
    }
}

impl fmt::Debug for Inflate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Inflate").field("len", &self.len).finish_non_exhaustive()
    }
}
