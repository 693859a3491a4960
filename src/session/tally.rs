//! How the messages of a channel are counted, one direction at a time.

use crate::flow::PerDirection;

/// Which bucket a message falls into; every message falls into exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bucket {
    /// Inside a transform.
    Encrypted,
    /// The header was not wholly captured.
    Unreadable,
    /// May stand unsigned in a signed session, or its signature must not be judged.
    Exempt,
    /// A setup message with a signature.
    BaselineSigned,
    /// A setup message without one.
    BaselineUnsigned,
    /// Marked as signed, with zeros for a signature.
    ZeroSignature,
    /// With a signature.
    Signed,
    /// Without one.
    Unsigned,
}

/// The messages of one direction of a channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SigningTally {
    /// Messages inside a transform; of a transform that was not decrypted, the transform.
    pub encrypted: u64,
    /// Messages whose header was not wholly captured.
    pub unreadable: u64,
    /// Messages that may stand unsigned.
    pub exempt: u64,
    /// Setup messages with a signature.
    pub baseline_signed: u64,
    /// Setup messages without one.
    pub baseline_unsigned: u64,
    /// Messages marked as signed, with zeros for a signature.
    pub zero_signature: u64,
    /// Other messages with a signature.
    pub signed: u64,
    /// Other messages without one.
    pub unsigned: u64,
    /// Messages of any bucket that carry a signature of their own.
    pub signatures: u64,
}

impl SigningTally {
    /// The tally before the first message.
    pub(super) const NONE: SigningTally = SigningTally {
        encrypted: 0,
        unreadable: 0,
        exempt: 0,
        baseline_signed: 0,
        baseline_unsigned: 0,
        zero_signature: 0,
        signed: 0,
        unsigned: 0,
        signatures: 0,
    };

    /// Counts a message into its bucket.
    pub fn count(&mut self, bucket: Bucket) {
        let counter = match bucket {
            Bucket::Encrypted => &mut self.encrypted,
            Bucket::Unreadable => &mut self.unreadable,
            Bucket::Exempt => &mut self.exempt,
            Bucket::BaselineSigned => &mut self.baseline_signed,
            Bucket::BaselineUnsigned => &mut self.baseline_unsigned,
            Bucket::ZeroSignature => &mut self.zero_signature,
            Bucket::Signed => &mut self.signed,
            Bucket::Unsigned => &mut self.unsigned,
        };
        *counter += 1;
    }

    /// Messages in all.
    pub fn total(&self) -> u64 {
        self.eligible() + self.exempt + self.baseline_signed + self.baseline_unsigned
    }

    /// Messages that tell whether the session is signed.
    pub fn eligible(&self) -> u64 {
        self.encrypted + self.unreadable + self.zero_signature + self.signed + self.unsigned
    }

    /// Adds `other`, field by field.
    pub fn add(&mut self, other: &SigningTally) {
        self.encrypted += other.encrypted;
        self.unreadable += other.unreadable;
        self.exempt += other.exempt;
        self.baseline_signed += other.baseline_signed;
        self.baseline_unsigned += other.baseline_unsigned;
        self.zero_signature += other.zero_signature;
        self.signed += other.signed;
        self.unsigned += other.unsigned;
        self.signatures += other.signatures;
    }
}

/// The messages of both directions.
pub type Tallies = PerDirection<SigningTally>;

/// The sum over both directions.
pub fn sum(tallies: &Tallies) -> SigningTally {
    let mut sum = tallies.to_server;
    sum.add(&tallies.to_client);
    sum
}
