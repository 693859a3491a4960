//! What hosts say of their operating system and their SMB software.

use crate::auth::ntlmssp::{self, Version};
use crate::auth::spnego::Token;
use crate::flow::Direction;
use crate::limits::Limits;
use crate::report::{Evidence, Role, Software};
use crate::session::{Generation, KeptMessage, Session, smb1_request};
use crate::smb::smb1;

use super::evidence;
use super::products::{self, Kind, Product};

/// Statements kept of one host.
const SAID: usize = 8;

/// What one host says.
#[derive(Default)]
pub(super) struct Said {
    list: Vec<(Software, Option<Kind>)>,
}

impl Said {
    fn note(
        &mut self,
        said: &str,
        product: Option<Product>,
        told: impl FnOnce(String, &str) -> Evidence,
    ) {
        let is_known = self.list.iter().any(|(software, _)| software.said == said);
        if said.is_empty() || is_known || self.list.len() >= SAID {
            return;
        }
        let said = Limits::DEFAULT.text(said.to_owned());
        let kind = product.as_ref().map(|product| product.kind);
        let name = product.map(|product| Limits::DEFAULT.text(product.name.into_owned()));
        let meaning = name.as_deref().unwrap_or("No product is known that says this.");
        let evidence = told(said.clone(), meaning);
        self.list.push((Software { product: name, said, evidence }, kind));
    }

    fn version(&mut self, version: Option<Version>, message: &KeptMessage, field: &str) {
        if let Some(version) = version {
            let product = products::of_version(version);
            self.note(&version.to_string(), product, |said, meaning| {
                evidence(message.at.packet, field, said, sentence(meaning))
            });
        }
    }

    fn text(&mut self, text: &str, message: &KeptMessage, field: &str) {
        self.note(text.trim(), products::of_text(text), |said, meaning| {
            evidence(message.at.packet, field, said, sentence(meaning))
        });
    }

    /// NativeLanMan, which of Windows only repeats NativeOS with another number.
    fn lan_man(&mut self, text: &str, message: &KeptMessage) {
        if !text.starts_with("Windows ") {
            self.text(text, message, NATIVE_LAN_MAN);
        }
    }

    /// What it says shows it to be, each with the statement.
    pub(super) fn roles(&self) -> impl Iterator<Item = (Role, Evidence)> {
        self.list.iter().filter_map(|(software, kind)| {
            let role = match kind.as_ref()? {
                Kind::Workstation => Role::Workstation,
                Kind::Nas => Role::Nas,
                Kind::Any => return None,
            };
            Some((role, software.evidence.clone()))
        })
    }

    /// The statements.
    pub(super) fn told(self) -> Vec<Software> {
        self.list.into_iter().map(|(software, _)| software).collect()
    }
}

fn sentence(text: &str) -> String {
    if text.ends_with('.') { text.to_owned() } else { format!("{text}.") }
}

/// Takes what a token of the setup says of the software of its sender.
pub(super) fn token(
    client: &mut Said,
    server: &mut Said,
    message: &KeptMessage,
    token: &Token<'_>,
) {
    let Some(Ok(ntlm)) = token.ntlmssp().map(ntlmssp::Message::parse) else { return };
    match (ntlm, message.direction) {
        (ntlmssp::Message::Negotiate(it), Direction::ToServer) => {
            client.version(it.version, message, "NTLM NEGOTIATE Version");
        }
        (ntlmssp::Message::Authenticate(it), Direction::ToServer) => {
            client.version(it.version, message, "NTLM AUTHENTICATE Version");
        }
        (ntlmssp::Message::Challenge(it), Direction::ToClient) => {
            server.version(it.version, message, "NTLM CHALLENGE Version");
        }
        _ => {}
    }
}

/// Takes what the setup messages of SMB1 say of the software of their senders.
pub(super) fn texts(client: &mut Said, server: &mut Said, session: &Session) {
    if session.generation != Generation::Smb1 {
        return;
    }
    for message in &session.setup.messages {
        match message.direction {
            Direction::ToServer => {
                if let Some(request) = smb1_request(&message.bytes) {
                    client.text(&request.native_os.to_string(), message, NATIVE_OS);
                    client.lan_man(&request.native_lan_man.to_string(), message);
                }
            }
            Direction::ToClient => {
                if let Some((native_os, native_lan_man)) = response_texts(&message.bytes) {
                    server.text(&native_os, message, NATIVE_OS);
                    server.lan_man(&native_lan_man, message);
                }
            }
        }
    }
}

const NATIVE_OS: &str = "SESSION_SETUP_ANDX NativeOS";
const NATIVE_LAN_MAN: &str = "SESSION_SETUP_ANDX NativeLanMan";

fn response_texts(bytes: &[u8]) -> Option<(String, String)> {
    let (header, _) = smb1::Header::parse(bytes).ok()?;
    let block = smb1::commands(bytes, &header).next()?.ok()?;
    let response = smb1::SessionSetupResponse::parse(&block, header.is_unicode()).ok()?;
    Some((response.native_os.to_string(), response.native_lan_man.to_string()))
}
