//! A session's messages, one by one, in words.

use super::{clock, evidence};
use crate::flow::Direction;
use crate::report::{self, CodeState, MessagePage, Side, UncheckedReason};
use crate::session::{
    Bucket, Code, Generation, ListedMessage, MessageList, Observer, Session, Sighting, Why,
};

/// The messages of a session, apart from the run that listed them.
#[derive(Debug)]
pub struct SessionMessages {
    pub(super) generation: Generation,
    pub(super) list: MessageList,
}

impl SessionMessages {
    /// The messages from the place `first` on, `count` at most; where `is_open_only`, of those that
    /// are not verified and not decrypted.
    pub fn page(&self, is_open_only: bool, first: usize, count: usize) -> MessagePage {
        let all = &self.list.messages;
        let selected = || all.iter().filter(|it| !is_open_only || it.code != Code::Right);
        let page = selected().skip(first).take(count);
        MessagePage {
            first,
            total: selected().count(),
            left_out: self.list.left_out,
            messages: page.map(|message| told(self.generation, message)).collect(),
        }
    }
}

/// Every message of `session` that is listed, and how many are not; `None` where nobody asked.
pub(super) fn of(
    observer: &Observer,
    session: &Session,
) -> Option<(Vec<report::ListedMessage>, u64)> {
    let list = observer.message_list(session)?;
    let messages = list.messages.iter().map(|message| told(session.generation, message));
    Some((messages.collect(), list.left_out))
}

fn told(generation: Generation, message: &ListedMessage) -> report::ListedMessage {
    let packet = message.packet();
    let direction = message.direction;
    let sighting = Sighting { packet, direction, command: message.command() };
    let is_closed = message.bucket == Bucket::Encrypted && message.command().is_none();
    report::ListedMessage {
        capture: packet.source.0,
        packet: packet.number,
        time: clock::of_packet(message.timestamp),
        from: match direction {
            Direction::ToServer => Side::Client,
            Direction::ToClient => Side::Server,
        },
        message: match is_closed {
            true => "encrypted message".to_owned(),
            false => evidence::message_name(generation, &sighting),
        },
        message_id: message.message_id().map(|id| id.to_string()),
        bucket: bucket(message.bucket),
        code: code(message),
        reason: match message.code {
            Code::Unchecked(why) => Some(reason(why)),
            Code::None | Code::Right | Code::Wrong => None,
        },
    }
}

fn bucket(bucket: Bucket) -> report::Bucket {
    match bucket {
        Bucket::Encrypted => report::Bucket::Encrypted,
        Bucket::Unreadable => report::Bucket::Unreadable,
        Bucket::Exempt => report::Bucket::Exempt,
        Bucket::BaselineSigned => report::Bucket::BaselineSigned,
        Bucket::BaselineUnsigned => report::Bucket::BaselineUnsigned,
        Bucket::ZeroSignature => report::Bucket::ZeroSignature,
        Bucket::Signed => report::Bucket::Signed,
        Bucket::Unsigned => report::Bucket::Unsigned,
    }
}

fn code(message: &ListedMessage) -> CodeState {
    match (message.code, message.bucket) {
        (Code::None, _) => CodeState::None,
        (Code::Right, Bucket::Encrypted) => CodeState::Decrypted,
        (Code::Wrong, Bucket::Encrypted) => CodeState::DecryptFailed,
        (Code::Unchecked(_), Bucket::Encrypted) => CodeState::Undecrypted,
        (Code::Right, _) => CodeState::Verified,
        (Code::Wrong, _) => CodeState::Failed,
        (Code::Unchecked(_), _) => CodeState::Unchecked,
    }
}

fn reason(why: Why) -> UncheckedReason {
    match why {
        Why::NoSecret => UncheckedReason::NoSecret,
        Why::NoKey => UncheckedReason::NoKey,
        Why::Cut => UncheckedReason::Cut,
        Why::NotHeld => UncheckedReason::NotHeld,
        Why::NotProven => UncheckedReason::NotProven,
        Why::Excused => UncheckedReason::Excused,
    }
}
