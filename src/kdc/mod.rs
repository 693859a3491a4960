//! What clients and the KDC said to each other: from the key of a client to the session keys of its
//! tickets (RFC 4120 3.1 and 3.3, RFC 6113 5.4).
//!
//! [`Kdc`] takes messages one by one and remembers what waits for its answer. It knows neither SMB
//! nor sessions: what it finds is whose ticket has which session key, and of which tickets a secret
//! should have told it and did not. [`fetched`] knows who got which ticket.

pub mod fetched;
pub mod stream;

use std::collections::VecDeque;
use std::fmt;
use std::net::{IpAddr, SocketAddr};

use crate::auth::kerberos::decrypted::EncKdcRepPart;
use crate::auth::kerberos::kdc::{FastResponse, KdcMessage, KdcRep, KdcReq, KeyInfo, PaData};
use crate::auth::kerberos::{ApReq, KrbError};
use crate::crypto::kerberos::KeyUsage;
use crate::keyring::kdc::{AsRepTrial, Shown, Told};
use crate::keyring::kerberos::{TypedKey, same_name};
use crate::keyring::{Keyring, SecretRef};
use crate::net::path::Path;

/// The port that the KDC is at home on.
pub const PORT: u16 = 88;

/// Between whom a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// The VLANs and tunnels around it.
    pub path: Path,
    /// The client's end.
    pub client: SocketAddr,
    /// The KDC's end.
    pub server: SocketAddr,
}

impl Conversation {
    /// The conversation between two ends, of which one has the KDC's port.
    pub fn between(path: Path, one: SocketAddr, other: SocketAddr) -> Option<Conversation> {
        match (one.port(), other.port()) {
            (_, PORT) => Some(Conversation { path, client: one, server: other }),
            (PORT, _) => Some(Conversation { path, client: other, server: one }),
            _ => None,
        }
    }
}

/// What was learned about a ticket.
pub struct Learned<'a> {
    /// The ticket's cipher text.
    pub cipher: &'a [u8],
    /// What its session key comes from, or should have come from.
    pub secret: SecretRef,
    /// The session key; `None` where the secret names the client and is wrong.
    pub key: Option<TypedKey>,
}

/// What waits for an answer of the KDC, in all conversations of a run.
#[derive(Default)]
pub struct Kdc {
    /// Tickets that were shown, the latest last.
    shown: VecDeque<(Conversation, Shown)>,
    /// How keys are made of passwords, as the KDC told clients when it asked for preauthentication.
    infos: VecDeque<ToldBefore>,
    /// The latest request of a first ticket of each conversation.
    asked: VecDeque<(Conversation, Asked)>,
    /// Conversations whose latest request shows a ticket that a wrong secret leaves shut.
    shut: VecDeque<(Conversation, SecretRef)>,
}

/// How the KDC makes keys of a client's password, as it said before.
struct ToldBefore {
    address: IpAddr,
    /// The client; `None` where its request was not seen.
    cname: Option<String>,
    infos: Vec<KeyInfo>,
}

/// A request of a first ticket.
struct Asked {
    cname: Option<String>,
    /// The answer may come under another key than the client's own.
    may_change_key: bool,
}

impl fmt::Debug for Kdc {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Kdc")
    }
}

/// Requests that wait for an answer; the oldest is forgotten for a new one.
const MOST_SHOWN: usize = 1_024;

/// Clients of whom it is known how their keys are made; the oldest is forgotten for a new one.
const MOST_INFOS: usize = 256;

impl Kdc {
    /// Takes the next message of a conversation, and says which ticket's session key it tells.
    pub fn message<'a>(
        &mut self,
        keyring: &Keyring,
        conversation: Conversation,
        bytes: &'a [u8],
    ) -> Option<Learned<'a>> {
        match KdcMessage::parse(bytes).ok()? {
            KdcMessage::Error(error) => self.error(conversation, &error),
            KdcMessage::TgsReq(request) => self.show(keyring, conversation, &request.ap_req?),
            KdcMessage::AsRep(reply) => return self.as_rep(keyring, conversation, &reply),
            KdcMessage::TgsRep(reply) => return self.tgs_rep(keyring, conversation, &reply),
            KdcMessage::AsReq(request) => self.ask(conversation, &request),
        }
        None
    }

    /// A client asks for its first ticket.
    fn ask(&mut self, conversation: Conversation, request: &KdcReq<'_>) {
        let cname = request.cname.as_ref().map(ToString::to_string);
        let asked = Asked { cname, may_change_key: request.may_change_key };
        self.asked.retain(|(of, _)| *of != conversation);
        push(&mut self.asked, (conversation, asked), MOST_SHOWN);
    }

    fn asked(&self, conversation: Conversation) -> Option<&Asked> {
        self.asked.iter().find(|(of, _)| *of == conversation).map(|(_, asked)| asked)
    }

    /// The KDC refuses, and perhaps tells how it makes keys.
    fn error(&mut self, conversation: Conversation, error: &KrbError<'_>) {
        let infos = error.e_data.and_then(PaData::parse).map(|data| data.key_infos);
        let Some(infos) = infos.filter(|infos| !infos.is_empty()) else { return };
        let address = conversation.client.ip();
        let cname = self.asked(conversation).and_then(|asked| asked.cname.clone());
        self.infos.retain(|told| told.address != address || told.cname != cname);
        push(&mut self.infos, ToldBefore { address, cname, infos }, MOST_INFOS);
    }

    /// A client shows its ticket and asks for another.
    fn show(&mut self, keyring: &Keyring, conversation: Conversation, request: &ApReq<'_>) {
        self.shut.retain(|(of, _)| *of != conversation);
        if let Some(shown) = keyring.shown(request) {
            push(&mut self.shown, (conversation, shown), MOST_SHOWN);
        } else if let Some(ticket) = &request.ticket.enc_part
            && let Some(secret) = keyring.tickets.wrong_secret(ticket.cipher)
        {
            push(&mut self.shut, (conversation, secret), MOST_SHOWN);
        }
    }

    /// A client gets its first ticket, under its own key.
    fn as_rep<'a>(
        &self,
        keyring: &Keyring,
        conversation: Conversation,
        reply: &KdcRep<'a>,
    ) -> Option<Learned<'a>> {
        match keyring.open_as_rep(reply, self.told(conversation, reply)) {
            AsRepTrial::Right(secret, plain) => learned(reply, secret, &plain),
            AsRepTrial::Wrong(secret) if self.is_under_own_key(conversation, reply) => {
                Some(Learned { cipher: reply.ticket.enc_part?.cipher, secret, key: None })
            }
            AsRepTrial::Wrong(_) | AsRepTrial::NoSecret => None,
        }
    }

    /// How the KDC makes keys of the password of the client of `reply`: as this says, else as was
    /// told before of this client, else of another one at its address.
    fn told<'a>(&'a self, conversation: Conversation, reply: &'a KdcRep<'_>) -> Told<'a> {
        let told = reply.padata.key_infos.as_slice();
        if !told.is_empty() {
            return Told { infos: told, is_of_client: true };
        }
        let cname = reply.cname.to_string();
        let is_same =
            |told: &&ToldBefore| told.cname.as_deref().is_some_and(|it| same_name(it, &cname));
        let here = || self.infos.iter().filter(|told| told.address == conversation.client.ip());
        match (here().find(is_same), here().next_back()) {
            (Some(told), _) => Told { infos: &told.infos, is_of_client: true },
            (None, Some(other)) => Told { infos: &other.infos, is_of_client: false },
            (None, None) => Told { infos: &[], is_of_client: false },
        }
    }

    /// Whether the client's own key encrypts `reply` for certain: what was asked and what is answered
    /// leave no other.
    fn is_under_own_key(&self, conversation: Conversation, reply: &KdcRep<'_>) -> bool {
        !reply.padata.may_change_key
            && self.asked(conversation).is_some_and(|asked| !asked.may_change_key)
    }

    /// A client gets a further ticket, under the keys of the one that it showed.
    fn tgs_rep<'a>(
        &mut self,
        keyring: &Keyring,
        conversation: Conversation,
        reply: &KdcRep<'a>,
    ) -> Option<Learned<'a>> {
        let waits = self.shown.iter().enumerate().rev();
        let of_client = waits.filter(|(_, (of, _))| *of == conversation).take(MOST_OF_ONE);
        let found = of_client.into_iter().find_map(|(place, (_, shown))| {
            let plain = open_tgs_rep(shown, reply)?;
            Some((place, learned(reply, shown.secret, &plain)))
        });
        let Some((place, found)) = found else {
            return self.shut_tgs_rep(keyring, conversation, reply);
        };
        self.shown.remove(place);
        found
    }

    /// A client gets a further ticket for one that a wrong secret leaves shut, and so this one too.
    fn shut_tgs_rep<'a>(
        &self,
        keyring: &Keyring,
        conversation: Conversation,
        reply: &KdcRep<'a>,
    ) -> Option<Learned<'a>> {
        let (_, secret) = *self.shut.iter().find(|(of, _)| *of == conversation)?;
        // Services ask for tickets in the name of others, which their own secret says nothing of.
        let may_be_clients = is_name_hidden(reply) || keyring.is_clients(secret, reply);
        may_be_clients.then_some(Learned {
            cipher: reply.ticket.enc_part?.cipher,
            secret,
            key: None,
        })
    }
}

/// Whether the client's name stands in the encrypted part alone, as FAST may have it (RFC 6113 5.4.3,
/// RFC 8062 3).
fn is_name_hidden(reply: &KdcRep<'_>) -> bool {
    reply.cname.name_string == ["WELLKNOWN", "ANONYMOUS"]
}

/// Requests of one conversation that an answer is held against.
const MOST_OF_ONE: usize = 8;

/// What a TGS-REP holds, decrypted with the keys of the ticket that was shown for it.
fn open_tgs_rep(shown: &Shown, reply: &KdcRep<'_>) -> Option<zeroize::Zeroizing<Vec<u8>>> {
    let (key, usage) = match &shown.subkey {
        Some(subkey) => (subkey, KeyUsage::TGS_REP_SUBKEY),
        None => (&shown.session_key, KeyUsage::TGS_REP_SESSION_KEY),
    };
    match strengthen_key(shown, reply) {
        Some(strengthen_key) => strengthen_key
            .combined("strengthenkey", key, "replykey")
            .decrypt(&reply.enc_part, usage),
        None => key.decrypt(&reply.enc_part, usage),
    }
}

/// The key that FAST adds to the reply's, under the armour of the ticket's own keys
/// (RFC 6113 5.4.1.1, 5.4.3).
fn strengthen_key(shown: &Shown, reply: &KdcRep<'_>) -> Option<TypedKey> {
    let sealed = reply.padata.fast_rep.as_ref()?;
    let subkey = shown.subkey.as_ref()?;
    let armor_key = subkey.combined("subkeyarmor", &shown.session_key, "ticketarmor");
    let plain = armor_key.decrypt(sealed, KeyUsage::FAST_REP)?;
    TypedKey::of(&FastResponse::parse(&plain)?.strengthen_key?)
}

/// The session key in the decrypted part of `reply`, with its ticket.
fn learned<'a>(reply: &KdcRep<'a>, secret: SecretRef, plain: &[u8]) -> Option<Learned<'a>> {
    let key = TypedKey::of(&EncKdcRepPart::parse(plain).ok()?.key)?;
    let cipher = reply.ticket.enc_part?.cipher;
    Some(Learned { cipher, secret, key: Some(key) })
}

/// Adds `item` to what is remembered, of which `most` are.
fn push<T>(remembered: &mut VecDeque<T>, item: T, most: usize) {
    if remembered.len() >= most {
        remembered.pop_front();
    }
    remembered.push_back(item);
}

#[cfg(test)]
mod tests {
    //! When a secret is said to be wrong for a client, and when not.

    use super::*;
    use crate::auth::elements::{element, nested};
    use crate::secrets::{KerberosPassword, Password, Secrets};

    const AES256: u8 = 18;
    const RC4: u8 = 23;
    const PA_ENC_TIMESTAMP: u8 = 2;
    const PA_ETYPE_INFO2: u8 = 19;
    const PA_FX_FAST: u8 = 136;
    const PA_SPAKE: u8 = 151;

    fn integer(field: u8, value: u8) -> Vec<u8> {
        nested(0xa0 | field, &[element(0x02, &[0, value])])
    }

    fn text(field: u8, value: &str) -> Vec<u8> {
        nested(0xa0 | field, &[element(0x1b, value.as_bytes())])
    }

    fn octets(field: u8, value: &[u8]) -> Vec<u8> {
        nested(0xa0 | field, &[element(0x04, value)])
    }

    fn name(field: u8, value: &str) -> Vec<u8> {
        let parts: Vec<_> = value.split('/').map(|part| element(0x1b, part.as_bytes())).collect();
        let parts = nested(0xa1, &[nested(0x30, &parts)]);
        nested(0xa0 | field, &[nested(0x30, &[integer(0, 1), parts])])
    }

    fn encrypted(field: u8, etype: u8, filling: u8) -> Vec<u8> {
        nested(0xa0 | field, &[nested(0x30, &[integer(0, etype), octets(2, &[filling; 80])])])
    }

    fn ticket(field: u8, filling: u8) -> Vec<u8> {
        let parts =
            [integer(0, 5), text(1, "LAB.TEST"), name(2, "krbtgt"), encrypted(3, 18, filling)];
        nested(0xa0 | field, &[element(0x61, &nested(0x30, &parts))])
    }

    fn padata(field: u8, list: &[(u8, Vec<u8>)]) -> Vec<u8> {
        let entry = |(padata_type, value): &(u8, Vec<u8>)| {
            nested(0x30, &[integer(1, *padata_type), octets(2, value)])
        };
        nested(0xa0 | field, &[nested(0x30, &list.iter().map(entry).collect::<Vec<_>>())])
    }

    fn salt(etype: u8, salt: &str) -> (u8, Vec<u8>) {
        let info = [integer(0, etype), text(1, salt), octets(2, &[0, 0, 0, 1])];
        (PA_ETYPE_INFO2, nested(0x30, &[nested(0x30, &info)]))
    }

    fn as_req(cname: &str, padata_type: u8) -> Vec<u8> {
        let list = padata(3, &[(padata_type, vec![0])]);
        let body = nested(0xa4, &[nested(0x30, &[name(1, cname), text(2, "LAB.TEST")])]);
        element(0x6a, &nested(0x30, &[integer(1, 5), integer(2, 10), list, body]))
    }

    fn error(infos: (u8, Vec<u8>)) -> Vec<u8> {
        let entry = nested(0x30, &[integer(1, infos.0), octets(2, &infos.1)]);
        let fields = [integer(0, 5), integer(1, 30), integer(6, 25)];
        let data = octets(12, &nested(0x30, &[entry]));
        element(0x7e, &nested(0x30, &[fields.concat(), data]))
    }

    fn kdc_rep(
        identifier: u8,
        cname: &str,
        filling: u8,
        sealed: Vec<u8>,
        list: Vec<u8>,
    ) -> Vec<u8> {
        let fields = [integer(0, 5), list, text(3, "LAB.TEST"), name(4, cname)];
        element(identifier, &nested(0x30, &[fields.concat(), ticket(5, filling), sealed]))
    }

    fn as_rep(cname: &str, etype: u8, list: &[(u8, Vec<u8>)]) -> Vec<u8> {
        kdc_rep(0x6b, cname, 1, encrypted(6, etype, 9), padata(2, list))
    }

    fn tgs_rep(cname: &str) -> Vec<u8> {
        kdc_rep(0x6d, cname, 2, encrypted(6, AES256, 9), Vec::new())
    }

    /// Shows the ticket that is filled with `filling`.
    fn tgs_req(filling: u8) -> Vec<u8> {
        let ap_req = [integer(0, 5), integer(1, 14), ticket(3, filling), encrypted(4, AES256, 8)];
        let list = padata(3, &[(1, element(0x6e, &nested(0x30, &ap_req)))]);
        element(0x6c, &nested(0x30, &[integer(1, 5), integer(2, 12), list]))
    }

    fn conversation(port: u16) -> Conversation {
        let client = SocketAddr::from(([10, 0, 0, 7], port));
        Conversation { path: Path::PLAIN, client, server: "10.0.0.1:88".parse().unwrap() }
    }

    fn of_principal(principal: &str, realm: &str) -> Secrets {
        let known = KerberosPassword {
            principal: principal.to_owned(),
            realm: realm.to_owned(),
            password: "not the password".to_owned().into(),
            salt: None,
        };
        Secrets { kerberos_passwords: vec![known], ..Secrets::default() }
    }

    fn of_user(user: Option<&str>) -> Secrets {
        let known = Password {
            user: user.map(str::to_owned),
            domain: None,
            password: "not the password".to_owned().into(),
        };
        Secrets { passwords: vec![known], ..Secrets::default() }
    }

    /// The secret that is wrong for the ticket of the last of `messages`, each with its client's port.
    fn wrong(secrets: Secrets, messages: &[(u16, Vec<u8>)]) -> Option<SecretRef> {
        let (mut kdc, mut keyring) = (Kdc::default(), Keyring::new(secrets));
        let mut last = None;
        for (port, bytes) in messages {
            last = None;
            if let Some(found) = kdc.message(&keyring, conversation(*port), bytes) {
                assert!(found.key.is_none());
                keyring.tickets.add_shut(found.cipher, found.secret);
                last = Some(found.secret);
            }
        }
        last
    }

    /// A client asks for its first ticket and gets it.
    fn first(padata_type: u8, reply: Vec<u8>) -> Vec<(u16, Vec<u8>)> {
        vec![(1, as_req("kalice", padata_type)), (1, reply)]
    }

    const OF_PRINCIPAL: Option<SecretRef> = Some(SecretRef::KerberosPassword(0));

    #[test]
    fn a_password_that_does_not_open_the_answer_to_its_user_is_wrong() {
        let told = salt(AES256, "LAB.TESTkalice");
        let exchange = first(PA_ENC_TIMESTAMP, as_rep("kalice", AES256, &[told]));
        assert_eq!(wrong(of_principal("kalice", "LAB.TEST"), &exchange), OF_PRINCIPAL);
        assert_eq!(wrong(of_user(Some("kalice")), &exchange), Some(SecretRef::Password(0)));
        // It takes no salt to make a key of RC4.
        let exchange = first(PA_ENC_TIMESTAMP, as_rep("kalice", RC4, &[]));
        assert_eq!(wrong(of_principal("kalice", "LAB.TEST"), &exchange), OF_PRINCIPAL);
    }

    #[test]
    fn a_salt_that_was_told_before_is_that_of_the_client_it_was_told_to() {
        let told = || error(salt(AES256, "LAB.TESTkalice"));
        let exchange = |cname: &str| {
            let asked = vec![(1, as_req(cname, 128)), (1, told())];
            let answer = first(PA_ENC_TIMESTAMP, as_rep("kalice", AES256, &[]));
            [asked, answer].concat()
        };
        let secrets = || of_principal("kalice", "LAB.TEST");
        assert_eq!(wrong(secrets(), &exchange("kalice")), OF_PRINCIPAL);
        assert_eq!(wrong(secrets(), &exchange("kbob")), None);
        let untold = first(PA_ENC_TIMESTAMP, as_rep("kalice", AES256, &[]));
        assert_eq!(wrong(secrets(), &untold), None);
        let of_other_type = [salt(17, "LAB.TESTkalice")];
        let other = first(PA_ENC_TIMESTAMP, as_rep("kalice", AES256, &of_other_type));
        assert_eq!(wrong(secrets(), &other), None);
    }

    #[test]
    fn nobody_is_wrong_whose_secret_it_is_not() {
        let exchange = first(PA_ENC_TIMESTAMP, as_rep("kalice", RC4, &[]));
        assert_eq!(wrong(of_principal("kbob", "LAB.TEST"), &exchange), None);
        assert_eq!(wrong(of_principal("kalice", "OTHER.TEST"), &exchange), None);
        assert_eq!(wrong(of_user(None), &exchange), None);
    }

    #[test]
    fn an_answer_that_another_key_may_encrypt_says_nothing() {
        let secrets = || of_principal("kalice", "LAB.TEST");
        for padata_type in [PA_FX_FAST, PA_SPAKE, 16, 200] {
            let asked_so = first(padata_type, as_rep("kalice", RC4, &[]));
            assert_eq!(wrong(secrets(), &asked_so), None, "{padata_type}");
            let reply = as_rep("kalice", RC4, &[(padata_type, vec![0])]);
            let answered_so = first(PA_ENC_TIMESTAMP, reply);
            assert_eq!(wrong(secrets(), &answered_so), None, "{padata_type}");
        }
        // What was asked was not captured.
        assert_eq!(wrong(secrets(), &[(1, as_rep("kalice", RC4, &[]))]), None);
        let elsewhere = [(1, as_req("kalice", PA_ENC_TIMESTAMP)), (2, as_rep("kalice", RC4, &[]))];
        assert_eq!(wrong(secrets(), &elsewhere), None);
    }

    #[test]
    fn an_answer_that_is_cut_or_of_a_type_that_is_not_read_says_nothing() {
        let whole = as_rep("kalice", RC4, &[]);
        for len in 0..whole.len() {
            let exchange = first(PA_ENC_TIMESTAMP, whole[..len].to_vec());
            assert_eq!(wrong(of_principal("kalice", "LAB.TEST"), &exchange), None, "{len}");
        }
        let exchange = first(PA_ENC_TIMESTAMP, as_rep("kalice", 3, &[]));
        assert_eq!(wrong(of_principal("kalice", "LAB.TEST"), &exchange), None);
    }

    #[test]
    fn what_is_got_for_a_ticket_that_stays_shut_stays_shut() {
        let start = || first(PA_ENC_TIMESTAMP, as_rep("kalice", RC4, &[]));
        let further = |shown: u8, cname: &str, port: u16| {
            [start(), vec![(2, tgs_req(shown)), (port, tgs_rep(cname))]].concat()
        };
        let secrets = || of_principal("kalice", "LAB.TEST");
        assert_eq!(wrong(secrets(), &further(1, "kalice", 2)), OF_PRINCIPAL);
        assert_eq!(wrong(secrets(), &further(1, "WELLKNOWN/ANONYMOUS", 2)), OF_PRINCIPAL);
        // Another ticket was shown, in another's name, or elsewhere.
        assert_eq!(wrong(secrets(), &further(7, "kalice", 2)), None);
        assert_eq!(wrong(secrets(), &further(1, "kbob", 2)), None);
        assert_eq!(wrong(secrets(), &further(1, "kalice", 3)), None);
        let shown_again = [(2, tgs_req(1)), (2, tgs_req(7)), (2, tgs_rep("kalice"))];
        assert_eq!(wrong(secrets(), &[start(), shown_again.to_vec()].concat()), None);
    }
}
