//! Published values, and values that other programs computed, held against what is computed here:
//! each vector of `tests/vectors/` is a test of its own name.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeSet;

use countersign::auth::kerberos::{ApRep, ApReq, Message};
use countersign::auth::ntlmssp::authenticate::AuthenticateMessage;
use countersign::auth::ntlmssp::response::ResponseKind;
use countersign::crypto::aead::Cipher;
use countersign::crypto::kdf::{Derivation, PreauthHash, Purpose};
use countersign::crypto::kerberos::{EncryptionType, KeyUsage};
use countersign::crypto::mac::SigningKey;
use countersign::crypto::{SecretKey, ntlm};
use countersign::keyring::kerberos::TicketTrial;
use countersign::keyring::ntlm::{NtlmTrial, Response, exported_session_key};
use countersign::keyring::{KeySource, Keyring, Way};
use countersign::secrets::{Password, Secrets, ServiceKey};
use serde_json::Value;
use zeroize::Zeroizing;

const FILES: [&str; 2] =
    [include_str!("vectors/published.json"), include_str!("vectors/samba.json")];

/// Makes a test of each vector, and one that none is left out.
macro_rules! vectors {
    ($($name:ident: $id:literal,)*) => {
        $(
            #[test]
            fn $name() {
                check($id);
            }
        )*

        #[test]
        fn every_vector_is_a_test() {
            let tests: BTreeSet<&str> = [$($id),*].into();
            let all = all();
            let known: BTreeSet<&str> =
                all.iter().map(|vector| vector["id"].as_str().unwrap()).collect();
            assert_eq!(tests, known);
        }
    };
}

vectors! {
    nlmp_4_2_2_ntlmv1: "nlmp-4.2.2-ntlmv1",
    nlmp_4_2_3_ntlmv1_ess: "nlmp-4.2.3-ntlmv1-ess",
    nlmp_4_2_4_ntlmv2: "nlmp-4.2.4-ntlmv2",
    nlmp_4_2_4_authenticate_parse: "nlmp-4.2.4-authenticate-parse",
    kile_4_4_aes128_computer_key: "kile-4.4-aes128-computer-key",
    rfc3962_b_1: "rfc3962-b-1",
    rfc3962_b_1_256: "rfc3962-b-1-256",
    rfc3962_b_2: "rfc3962-b-2",
    rfc3962_b_2_256: "rfc3962-b-2-256",
    rfc3962_b_1200: "rfc3962-b-1200",
    rfc3962_b_1200_256: "rfc3962-b-1200-256",
    rfc8009_a_s2k_19: "rfc8009-a-s2k-19",
    rfc8009_a_s2k_20: "rfc8009-a-s2k-20",
    rfc8009_a_enc_19: "rfc8009-a-enc-19",
    rfc8009_a_enc_20: "rfc8009-a-enc-20",
    rfc8009_a_prf_19: "rfc8009-a-prf-19",
    rfc8009_a_prf_20: "rfc8009-a-prf-20",
    mit_prf_17_1: "mit-prf-17-1",
    mit_prf_17_2: "mit-prf-17-2",
    mit_prf_18_1: "mit-prf-18-1",
    mit_prf_18_2: "mit-prf-18-2",
    rfc6113_a_17: "rfc6113-a-17",
    rfc6113_a_18: "rfc6113-a-18",
    rfc6113_a_23: "rfc6113-a-23",
    mit_fx_cf2_19: "mit-fx-cf2-19",
    mit_fx_cf2_20: "mit-fx-cf2-20",
    blog_smb300_ch1: "blog-smb300-ch1",
    blog_smb300_ch2: "blog-smb300-ch2",
    blog_smb311_ch1_preauth: "blog-smb311-ch1-preauth",
    blog_smb311_ch1_keys: "blog-smb311-ch1-keys",
    blog_smb311_ch1_final_response: "blog-smb311-ch1-final-response",
    blog_smb311_ch1_ntlmv2: "blog-smb311-ch1-ntlmv2",
    blog_smb311_ch2_preauth: "blog-smb311-ch2-preauth",
    blog_smb311_ch2_keys: "blog-smb311-ch2-keys",
    blog_smb311_ch2_binding_msg1: "blog-smb311-ch2-binding-msg1",
    blog_smb311_ch2_binding_msg2: "blog-smb311-ch2-binding-msg2",
    blog_smb311_ch2_binding_msg3: "blog-smb311-ch2-binding-msg3",
    blog_smb311_ch2_final_response: "blog-smb311-ch2-final-response",
    blog_smb311_ch2_ntlmv2: "blog-smb311-ch2-ntlmv2",
    blog_smb300_enc_keys: "blog-smb300-enc-keys",
    blog_smb300_ccm_request: "blog-smb300-ccm-request",
    blog_smb300_ccm_response: "blog-smb300-ccm-response",
    blog_smb311_enc_keys: "blog-smb311-enc-keys",
    blog_smb311_gcm_request: "blog-smb311-gcm-request",
    blog_smb311_gcm_response: "blog-smb311-gcm-response",
    smbprotocol_aes_128_ccm: "smbprotocol-aes-128-ccm",
    smbprotocol_aes_256_ccm: "smbprotocol-aes-256-ccm",
    smbprotocol_aes_128_gcm: "smbprotocol-aes-128-gcm",
    smbprotocol_aes_256_gcm: "smbprotocol-aes-256-gcm",
    smb_rs_gmac_logoff: "smb-rs-gmac-logoff",
    smb_rs_kdf: "smb-rs-kdf",
    linux_kdf311: "linux-kdf311",
    linux_cmac_treeconnect: "linux-cmac-treeconnect",
    rfc4493_0: "rfc4493-0",
    rfc4493_16: "rfc4493-16",
    rfc4493_40: "rfc4493-40",
    rfc4493_64: "rfc4493-64",
    samba_smb202_bothreq_treeconnect_req: "samba-smb202-bothreq-treeconnect-req",
    samba_smb202_bothreq_treeconnect_resp: "samba-smb202-bothreq-treeconnect-resp",
    samba_smb210_bothreq_treeconnect_req: "samba-smb210-bothreq-treeconnect-req",
    samba_smb210_bothreq_treeconnect_resp: "samba-smb210-bothreq-treeconnect-resp",
    samba_smb302_bothreq_treeconnect_req: "samba-smb302-bothreq-treeconnect-req",
    samba_smb302_bothreq_treeconnect_resp: "samba-smb302-bothreq-treeconnect-resp",
    samba_smb311_bothreq_treeconnect_req: "samba-smb311-bothreq-treeconnect-req",
    samba_smb311_bothreq_treeconnect_resp: "samba-smb311-bothreq-treeconnect-resp",
    samba_smb311_sign_hmac_srv_treeconnect_req: "samba-smb311-sign-hmac-srv-treeconnect-req",
    samba_smb311_sign_hmac_srv_treeconnect_resp: "samba-smb311-sign-hmac-srv-treeconnect-resp",
    samba_smb1_ext_srvreq_0: "samba-smb1-ext-srvreq-0",
    samba_smb1_ext_srvreq_1: "samba-smb1-ext-srvreq-1",
    samba_smb1_ext_srvreq_2: "samba-smb1-ext-srvreq-2",
    samba_smb1_ntlmv2_nokeyex_0: "samba-smb1-ntlmv2-nokeyex-0",
    samba_smb1_ntlmv2_nokeyex_1: "samba-smb1-ntlmv2-nokeyex-1",
    samba_smb1_ntlmv2_nokeyex_2: "samba-smb1-ntlmv2-nokeyex-2",
    samba_smb1_ntlmv1_ess_0: "samba-smb1-ntlmv1-ess-0",
    samba_smb1_ntlmv1_ess_1: "samba-smb1-ntlmv1-ess-1",
    samba_smb1_ntlmv1_ess_2: "samba-smb1-ntlmv1-ess-2",
    samba_smb1_ntlmv1_noess_0: "samba-smb1-ntlmv1-noess-0",
    samba_smb1_ntlmv1_noess_1: "samba-smb1-ntlmv1-noess-1",
    samba_smb1_ntlmv1_noess_2: "samba-smb1-ntlmv1-noess-2",
    samba_kdf311_aes_128_ccm: "samba-kdf311-aes-128-ccm",
    samba_transform_aes_128_ccm_req: "samba-transform-aes-128-ccm-req",
    samba_transform_aes_128_ccm_resp: "samba-transform-aes-128-ccm-resp",
    samba_kdf311_aes_128_gcm: "samba-kdf311-aes-128-gcm",
    samba_transform_aes_128_gcm_req: "samba-transform-aes-128-gcm-req",
    samba_transform_aes_128_gcm_resp: "samba-transform-aes-128-gcm-resp",
    samba_kdf311_aes_256_ccm: "samba-kdf311-aes-256-ccm",
    samba_transform_aes_256_ccm_req: "samba-transform-aes-256-ccm-req",
    samba_transform_aes_256_ccm_resp: "samba-transform-aes-256-ccm-resp",
    samba_kdf311_aes_256_gcm: "samba-kdf311-aes-256-gcm",
    samba_transform_aes_256_gcm_req: "samba-transform-aes-256-gcm-req",
    samba_transform_aes_256_gcm_resp: "samba-transform-aes-256-gcm-resp",
    samba_krb5_311_aes256: "samba-krb5-311-aes256",
    samba_krb5_311_rc4: "samba-krb5-311-rc4",
    samba_krb5_enc_aes_256_gcm_aes256: "samba-krb5-enc-AES-256-GCM-aes256",
    samba_krb5_senc_aes_256_gcm_aes128sha2: "samba-krb5-senc-AES-256-GCM-aes128sha2",
    samba_krb5_senc_aes_256_gcm_aes256sha2: "samba-krb5-senc-AES-256-GCM-aes256sha2",
    samba_krb5_sess_aes128: "samba-krb5-sess-aes128",
    samba_krb5_smb1_aes256_0: "samba-krb5-smb1-aes256-0",
    samba_krb5_smb1_aes256_1: "samba-krb5-smb1-aes256-1",
    samba_krb5_smb1_aes256_2: "samba-krb5-smb1-aes256-2",
    samba_gmac_cancel: "samba-gmac-cancel",
    samba_compound_hmac_req: "samba-compound-hmac-req",
    samba_compound_hmac_resp: "samba-compound-hmac-resp",
    samba_compound_cmac_req: "samba-compound-cmac-req",
    samba_compound_cmac_resp: "samba-compound-cmac-resp",
    samba_compound_gmac_req: "samba-compound-gmac-req",
    samba_compound_gmac_resp: "samba-compound-gmac-resp",
}

fn all() -> Vec<Value> {
    FILES.iter().flat_map(|file| serde_json::from_str::<Vec<Value>>(file).unwrap()).collect()
}

fn check(id: &str) {
    let all = all();
    let vector = Vector(all.iter().find(|vector| vector["id"] == id).unwrap());
    match vector.0["kind"].as_str().unwrap() {
        "ntlmv1" => ntlm_v1(&vector),
        "ntlmv1-ess" => ntlm_v1_ess(&vector),
        "ntlmv2" => ntlm_v2(&vector),
        "ntlmv2-session" => ntlm_v2_session(&vector),
        "ntlm-authenticate" => ntlm_authenticate(&vector),
        "krb5-s2k" => string_to_key(&vector),
        "krb5-prf" => pseudo_random(&vector),
        "krb5-fx-cf2" => combined_key(&vector),
        "krb5-enc-sha2" => kerberos_decryption(&vector),
        "krb5-session" => kerberos_session(&vector),
        "kdf30" | "kdf311" => key_derivation(&vector),
        "preauth-chain" => preauth_chain(&vector),
        "signature-hmac" => signature(&vector, |key| SigningKey::hmac_sha256(key).unwrap()),
        "signature-cmac" => signature(&vector, SigningKey::aes_cmac),
        "signature-gmac" => signature(&vector, SigningKey::aes_gmac),
        "signature-smb1" => smb1_signature(&vector),
        "transform" => transform(&vector),
        "transform-encrypt" => transform_of_parts(&vector),
        "cmac" => {
            let key = SigningKey::aes_cmac(&vector.key("key"));
            vector.is("tag", &code(&key, &[0; 12], &vector.bytes("message"), 5));
        }
        kind => panic!("{kind}"),
    }
}

struct Vector<'a>(&'a Value);

impl Vector<'_> {
    fn text(&self, name: &str) -> &str {
        self.0["inputs"][name].as_str().unwrap_or_else(|| panic!("{name}"))
    }

    fn etype(&self) -> EncryptionType {
        EncryptionType::from_number(self.number("etype").unwrap() as i32).unwrap()
    }

    fn number(&self, name: &str) -> Option<u64> {
        let value = &self.0["inputs"][name];
        value.as_u64().or_else(|| value.as_str()?.parse().ok())
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        unhex(self.text(name))
    }

    fn array<const LEN: usize>(&self, name: &str) -> [u8; LEN] {
        self.bytes(name).try_into().unwrap()
    }

    fn key(&self, name: &str) -> SecretKey {
        SecretKey::new(self.bytes(name))
    }

    fn expected(&self, name: &str) -> Option<Vec<u8>> {
        self.0["expect"][name].as_str().map(unhex)
    }

    /// The value has to be there, and to be this.
    fn is(&self, name: &str, found: &[u8]) {
        assert_eq!(found, self.expected(name).unwrap(), "{name}");
    }

    /// The value is this, where it is there.
    fn is_if_there(&self, name: &str, found: &[u8]) {
        if let Some(expected) = self.expected(name) {
            assert_eq!(found, expected, "{name}");
        }
    }
}

fn unhex(text: &str) -> Vec<u8> {
    let digits = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(digits).collect()
}

/// The code of a message that comes in parts of `part` bytes.
fn code(key: &SigningKey, nonce: &[u8; 12], message: &[u8], part: usize) -> [u8; 16] {
    let mut code = key.begin(nonce);
    message.chunks(part).for_each(|part| code.update(part));
    code.finish()
}

fn without_signature(message: &[u8]) -> Vec<u8> {
    let mut message = message.to_vec();
    message[48..64].fill(0);
    message
}

fn gmac_nonce(message: &[u8]) -> [u8; 12] {
    let is_cancel = message[12..14] == [12, 0];
    let mut nonce = [0; 12];
    nonce[..8].copy_from_slice(&message[24..32]);
    nonce[8] = message[16] & 1 | u8::from(is_cancel) << 1;
    nonce
}

fn ntlm_v1(vector: &Vector<'_>) {
    let nt = ntlm::ntowf_v1(vector.text("password"));
    let lm = ntlm::lmowf_v1(vector.text("password")).unwrap();
    vector.is("lmowfv1", lm.as_bytes());
    vector.is("ntowfv1", nt.as_bytes());
    let base = ntlm::session_base_key_v1(&nt);
    vector.is("session_base_key", base.as_bytes());
    let challenge = vector.array("server_challenge");
    vector.is("nt_response", &ntlm::desl(&nt, challenge));
    let lm_response = ntlm::desl(&lm, challenge);
    vector.is("lm_response", &lm_response);
    let random = vector.array("random_session_key");
    let exchange = |how| ntlm::key_exchange_key_v1(how, &base, Some(&lm), &lm_response).unwrap();
    let encrypted = |key: &SecretKey| ntlm::exported_session_key(key, &random);
    let lm_key = exchange(ntlm::KeyExchange::LmKey);
    vector.is("kxkey_lm_key", lm_key.as_bytes());
    vector.is("encrypted_session_key_lm_key", encrypted(&lm_key).as_bytes());
    let plain = exchange(ntlm::KeyExchange::Plain);
    vector.is("encrypted_session_key", encrypted(&plain).as_bytes());
    let non_nt = exchange(ntlm::KeyExchange::NonNtSessionKey);
    vector.is("encrypted_session_key_non_nt", encrypted(&non_nt).as_bytes());
}

fn ntlm_v1_ess(vector: &Vector<'_>) {
    let nt = ntlm::ntowf_v1(vector.text("password"));
    let (server, client) = (vector.array("server_challenge"), vector.array("client_challenge"));
    vector.is("nt_response", &ntlm::desl(&nt, ntlm::ess_challenge(server, client)));
    let base = ntlm::session_base_key_v1(&nt);
    let key = ntlm::key_exchange_key_ess(&base, server, client);
    vector.is("key_exchange_key", key.as_bytes());
}

fn ntlm_v2(vector: &Vector<'_>) {
    let nt = ntlm::ntowf_v1(vector.text("password"));
    let owf = ntlm::ntowf_v2(&nt, vector.text("user"), vector.text("domain"));
    vector.is("ntowfv2", owf.as_bytes());
    let client_challenge: [u8; 8] = vector.array("client_challenge");
    let (time, pairs) = (vector.bytes("time"), vector.bytes("av_pairs"));
    let start = [1, 1, 0, 0, 0, 0, 0, 0];
    let temp = [&start[..], &time, &client_challenge, &[0; 4], &pairs, &[0; 4]].concat();
    let server_challenge = vector.array("server_challenge");
    let proof = ntlm::nt_proof_str(&owf, server_challenge, &temp);
    vector.is("nt_proof_str", &proof);
    let key = ntlm::session_base_key_v2(&owf, &proof);
    vector.is("session_base_key", key.as_bytes());
    let random = vector.array("random_session_key");
    vector.is("encrypted_session_key", ntlm::exported_session_key(&key, &random).as_bytes());
    let lm = ntlm::lm_v2_proof(&owf, server_challenge, client_challenge);
    vector.is("lmv2_response", &[&lm[..], &client_challenge].concat());
}

/// A whole authentication: the response, the keys, the MIC and both mechListMICs.
fn ntlm_v2_session(vector: &Vector<'_>) {
    let nt = ntlm::ntowf_v1(vector.text("password"));
    vector.is_if_there("nt_hash", nt.as_bytes());
    let owf = ntlm::ntowf_v2(&nt, vector.text("user"), vector.text("domain"));
    vector.is_if_there("ntowfv2", owf.as_bytes());
    let (negotiate, challenge) = (vector.bytes("negotiate"), vector.bytes("challenge"));
    let authenticate = vector.bytes("authenticate");
    let message = AuthenticateMessage::parse(&authenticate).unwrap();
    let server_challenge = challenge[24..32].try_into().unwrap();
    let response = message.nt_challenge_response.bytes.unwrap();
    let proof = ntlm::nt_proof_str(&owf, server_challenge, &response[16..]);
    vector.is("nt_proof_str", &proof);
    assert_eq!(proof, response[..16]);
    let base = ntlm::session_base_key_v2(&owf, &proof);
    vector.is_if_there("key_exchange_key", base.as_bytes());
    let key = exported_session_key(&message, server_challenge, &base, None).unwrap();
    vector.is_if_there("exported_session_key", key.as_bytes());
    let mut zeroed = authenticate.clone();
    zeroed[72..88].fill(0);
    assert_eq!(ntlm::mic(&key, [&negotiate, &challenge, &zeroed]), authenticate[72..88]);
    let types = vector.bytes("mechtypes");
    for (name, signer) in
        [("client_mechlistmic", ntlm::Signer::Client), ("server_mechlistmic", ntlm::Signer::Server)]
    {
        if vector.0["inputs"][name].is_string() {
            let own = ntlm::mech_list_mic(&key, signer, &types, 16, true);
            assert_eq!(own, vector.array(name), "{name}");
        }
    }
}

/// An AUTHENTICATE message is read, and its password proved.
fn ntlm_authenticate(vector: &Vector<'_>) {
    let bytes = vector.bytes("message");
    let message = AuthenticateMessage::parse(&bytes).unwrap();
    let expect = &vector.0["expect"];
    let (user, domain) = (message.user_name_text().unwrap(), message.domain_name_text().unwrap());
    assert_eq!(user, expect["user"].as_str().unwrap());
    assert_eq!(domain, expect["domain"].as_str().unwrap());
    assert_eq!(message.workstation_text().unwrap(), expect["workstation"].as_str().unwrap());
    assert_eq!(message.mic.is_some(), expect["mic_present"].as_bool().unwrap());
    let server_challenge = vector.array("server_challenge");
    let response = Response {
        user: &user,
        domain: &domain,
        server_challenge,
        lm: message.lm_challenge_response.bytes.unwrap(),
        nt: message.nt_challenge_response.bytes.unwrap(),
        kind: ResponseKind::NtlmV2,
    };
    let keyring = |password: &str| {
        let password = Zeroizing::new(password.to_owned());
        let known = Password { user: Some("user".to_owned()), domain: None, password };
        Keyring::new(Secrets { passwords: vec![known], ..Secrets::default() })
    };
    assert!(matches!(keyring("Passwort").ntlm(&response), NtlmTrial::Wrong(_)));
    let NtlmTrial::Right { session_base_key, .. } =
        keyring(vector.text("password")).ntlm(&response)
    else {
        panic!("the password is right");
    };
    let key = exported_session_key(&message, server_challenge, &session_base_key, None).unwrap();
    vector.is("exported_session_key", key.as_bytes());
}

fn pseudo_random(vector: &Vector<'_>) {
    let key = vector.etype().prf(&vector.key("key"), &vector.bytes("input"));
    vector.is("output", key.as_bytes());
}

fn combined_key(vector: &Vector<'_>) {
    let etype = vector.etype();
    let key = |password: &str| etype.string_to_key(password, password.as_bytes(), None);
    let [one, other] = ["password1", "password2"].map(|name| key(vector.text(name)));
    let [pepper, other_pepper] = ["pepper1", "pepper2"].map(|name| vector.text(name).as_bytes());
    vector.is("key", etype.fx_cf2((&one, pepper), (etype, &other, other_pepper)).as_bytes());
}

fn string_to_key(vector: &Vector<'_>) {
    let etype = vector.etype();
    let password = String::from_utf8(vector.bytes("password_utf8")).unwrap();
    let salt = match vector.0["inputs"]["salt"].as_str() {
        Some(salt) => salt.as_bytes().to_vec(),
        None => vector.bytes("salt_hex"),
    };
    let rounds = vector.number("iterations").map(|rounds| rounds as u32);
    let key = etype.string_to_key(&password, &salt, rounds);
    vector.is("key", key.as_bytes());
}

fn kerberos_decryption(vector: &Vector<'_>) {
    let etype = vector.etype();
    let usage = KeyUsage(vector.number("usage").unwrap() as u32);
    let mut sealed = vector.expected("ciphertext").unwrap();
    let plain = etype.decrypt(&vector.key("key"), usage, &sealed).unwrap();
    assert_eq!(*plain, vector.bytes("plaintext"));
    sealed[0] ^= 1;
    assert!(etype.decrypt(&vector.key("key"), usage, &sealed).is_none());
}

/// From the service's key to the signature of the final response.
fn kerberos_session(vector: &Vector<'_>) {
    let known = ServiceKey {
        principal: None,
        realm: None,
        etype: vector.number("service_etype").unwrap() as i32,
        kvno: None,
        key: vector.key("service_key"),
    };
    let keyring = Keyring::new(Secrets { service_keys: vec![known], ..Secrets::default() });
    let (ap_req, ap_rep) = (vector.bytes("ap_req"), vector.bytes("ap_rep"));
    let (request, reply): (ApReq<'_>, ApRep<'_>) =
        match (Message::parse(&ap_req).unwrap(), Message::parse(&ap_rep).unwrap()) {
            (Message::ApReq(request), Message::ApRep(reply)) => (request, reply),
            _ => panic!("an AP-REQ and an AP-REP"),
        };
    let TicketTrial::Right(keys) = keyring.ticket(&request, Some(&reply)) else {
        panic!("the key opens the ticket");
    };
    let first = &keys.of_session()[0];
    assert_eq!(vector.0["expect"]["key_source"], "aprep_subkey");
    assert_eq!(first.origin.way, Way::Kerberos(KeySource::ApRepSubkey));
    vector.is("full_session_key", first.key.as_bytes());
    let hash = PreauthHash(vector.array("preauth"));
    let derivation = Derivation::Smb311(&hash);
    let signing = derivation.key(&first.key.session_key(), Purpose::Signing, 16);
    vector.is("signing", signing.as_bytes());
    let len = vector.number("cipher_bits").unwrap() as usize / 8;
    let full = if len == 16 { first.key.session_key() } else { first.key.clone() };
    vector.is("c2s", derivation.key(&full, Purpose::ClientToServer, len).as_bytes());
    vector.is("s2c", derivation.key(&full, Purpose::ServerToClient, len).as_bytes());
    assert_eq!(vector.text("signing_algorithm"), "gmac");
    let message = vector.bytes("final_response");
    let key = SigningKey::aes_gmac(&signing);
    let own = code(&key, &gmac_nonce(&message), &without_signature(&message), 64);
    vector.is("signature", &own);
}

fn key_derivation(vector: &Vector<'_>) {
    let key = vector.key("session_key");
    let hash = vector.0["inputs"]["preauth"].as_str().map(|hash| unhex(hash).try_into().unwrap());
    let hash = hash.map(PreauthHash);
    let derivation = hash.as_ref().map_or(Derivation::Smb30, Derivation::Smb311);
    let len = vector.number("cipher_bits").unwrap_or(128) as usize / 8;
    let full = vector.0["inputs"]["full_session_key"].as_str();
    let full = full.map_or(key.clone(), |full| SecretKey::new(unhex(full)));
    vector.is_if_there("signing", derivation.key(&key, Purpose::Signing, 16).as_bytes());
    vector.is_if_there("application", derivation.key(&key, Purpose::Application, 16).as_bytes());
    vector.is_if_there("c2s", derivation.key(&full, Purpose::ClientToServer, len).as_bytes());
    vector.is_if_there("s2c", derivation.key(&full, Purpose::ServerToClient, len).as_bytes());
}

fn preauth_chain(vector: &Vector<'_>) {
    let messages = vector.0["inputs"]["messages"].as_array().unwrap();
    let hashes = vector.0["expect"]["hashes"].as_array().unwrap();
    assert_eq!(messages.len(), hashes.len());
    let mut hash = PreauthHash::START;
    for (message, expected) in messages.iter().zip(hashes) {
        hash = hash.with(&unhex(message["hex"].as_str().unwrap()));
        assert_eq!(hash.0.to_vec(), unhex(expected.as_str().unwrap()));
    }
}

/// The code is right however the message is cut, and wrong for every way of getting it wrong.
fn signature(vector: &Vector<'_>, ready: impl Fn(&SecretKey) -> SigningKey) {
    let key = ready(&vector.key("signing_key"));
    let message = vector.bytes("message");
    let nonce = gmac_nonce(&message);
    let covered = without_signature(&message);
    for part in [1, 7, 16, 33, 10_000] {
        vector.is("signature", &code(&key, &nonce, &covered, part));
    }
    let right = vector.expected("signature").unwrap();
    assert_eq!(message[48..64], right);
    let is_wrong = |covered: &[u8]| assert_ne!(code(&key, &nonce, covered, 64).to_vec(), right);
    for flipped in [4, 64, covered.len() - 1] {
        let mut covered = covered.clone();
        covered[flipped] ^= 1;
        is_wrong(&covered);
    }
    // With the signature in its place, and without the last byte, which may be padding.
    is_wrong(&message);
    is_wrong(&covered[..covered.len() - 1]);
    if matches!(key, SigningKey::AesGmac(_)) {
        let mut other = nonce;
        other[8] ^= 1;
        assert_ne!(code(&key, &other, &covered, 64).to_vec(), right);
    }
}

fn smb1_signature(vector: &Vector<'_>) {
    let mut message = vector.bytes("message");
    message[14..22].copy_from_slice(&vector.number("sequence").unwrap().to_le_bytes());
    let key = vector.key("mac_key");
    let own = |key: SecretKey| code(&SigningKey::Smb1(key), &[0; 12], &message, 9)[..8].to_vec();
    vector.is("signature", &own(key.clone()));
    if key.as_bytes().len() > 16 {
        assert_ne!(own(key.session_key()), vector.expected("signature").unwrap());
    }
}

fn cipher(name: &str) -> Cipher {
    match name {
        "AES-128-CCM" => Cipher::Aes128Ccm,
        "AES-128-GCM" => Cipher::Aes128Gcm,
        "AES-256-CCM" => Cipher::Aes256Ccm,
        "AES-256-GCM" => Cipher::Aes256Gcm,
        name => panic!("{name}"),
    }
}

fn transform(vector: &Vector<'_>) {
    let (bytes, cipher, key) =
        (vector.bytes("transform"), cipher(vector.text("cipher")), vector.key("key"));
    let (nonce, tag) = (bytes[20..36].try_into().unwrap(), bytes[4..20].try_into().unwrap());
    let mut plain = bytes[52..].to_vec();
    assert!(cipher.decrypt(&key, &nonce, &bytes[20..52], &mut plain, &tag));
    vector.is("plaintext", &plain);
    let mut changed = bytes[52..].to_vec();
    changed[0] ^= 1;
    assert!(!cipher.decrypt(&key, &nonce, &bytes[20..52], &mut changed, &tag));
    // The nonce's unused bytes are covered too.
    let mut covered = bytes[20..52].to_vec();
    covered[15] ^= 1;
    assert!(!cipher.decrypt(&key, &nonce, &covered, &mut bytes[52..].to_vec(), &tag));
}

/// A transform that is given in its parts.
fn transform_of_parts(vector: &Vector<'_>) {
    let plain = vector.bytes("plaintext");
    let nonce: [u8; 16] = vector.array("nonce16");
    let len = (plain.len() as u32).to_le_bytes();
    let session = vector.number("session_id").unwrap().to_le_bytes();
    let covered = [&nonce[..], &len, &[0, 0, 1, 0], &session].concat();
    let mut sealed = vector.expected("ciphertext").unwrap();
    let tag = vector.expected("signature").unwrap().try_into().unwrap();
    let cipher = cipher(vector.text("cipher"));
    assert!(cipher.decrypt(&vector.key("key"), &nonce, &covered, &mut sealed, &tag));
    assert_eq!(sealed, plain);
}
