use super::{SecretsFile, SecretsFileError, parse};

/// An entry of every kind, with everything that it may have.
const EVERYTHING: &str = r#"
# Comments and blank lines are left out.
[[password]]            # without user and domain it is tried on every session
password = 'back\slash and "quotes"'

[[password]]
user = "alice"
domain = "LAB"
password = "hunter2\u00e4"

[[nt_hash]]
user = "alice"
hash = "8846f7eaee8fb117ad06bdd830b7586c"

[[keytab]]
path = "server.keytab"

[[session_key]]
session_id = "0x0000000000000001"
key = "b25a135fc3dc14269f20d7cbc8716b6b"

[[session_key]]
server = "10.0.0.5:445"
key = "b2:5a:13:5f c3 dc 14 26 0x9f20d7cbc8716b6b"

[[signing_key]]
session = "smb1-3"
server = "[fd00::5]:445"
key = "000102030405060708090a0b0c0d0e0f"

[[service_key]]
principal = "cifs/fs1.lab.test"
realm = "LAB.TEST"
etype = 18
kvno = 3
key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

[[service_key]]
etype = 23
key = "000102030405060708090a0b0c0d0e0f"

[[kerberos_password]]
principal = "alice"
realm = "LAB.TEST"
password = "hunter2"
salt = "LAB.TESTalice"

[[ticket_session_key]]
etype = 17
key = "000102030405060708090a0b0c0d0e0f"
"#;

fn read(text: &str) -> SecretsFile {
    parse(text).unwrap_or_else(|error| panic!("{error}"))
}

fn error(text: &str) -> SecretsFileError {
    match parse(text) {
        Ok(_) => panic!("{text} is taken"),
        Err(error) => error,
    }
}

#[test]
fn every_entry_is_read() {
    let SecretsFile { secrets, keytabs } = read(EVERYTHING);
    assert_eq!(keytabs, ["server.keytab"]);
    let passwords: Vec<&str> = secrets.passwords.iter().map(|it| it.password.as_str()).collect();
    assert_eq!(passwords, ["back\\slash and \"quotes\"", "hunter2ä"]);
    assert_eq!(secrets.nt_hashes[0].hash.as_bytes()[..3], [0x88, 0x46, 0xf7]);
    let [by_id, by_server] = &secrets.session_keys[..] else { panic!() };
    assert_eq!(by_id.target.session_id, Some(1));
    assert_eq!(by_server.target.server, Some("10.0.0.5:445".parse().unwrap()));
    assert!(by_id.key == by_server.key);
    assert_eq!(secrets.signing_keys[0].target.session.as_deref(), Some("smb1-3"));
    assert_eq!(secrets.service_keys[0].kvno, Some(3));
    assert_eq!(secrets.service_keys[1].kvno, None);
    assert_eq!(secrets.kerberos_passwords[0].salt.as_deref(), Some("LAB.TESTalice"));
    assert_eq!(*secrets.kerberos_passwords[0].password, "hunter2");
    assert_eq!(secrets.ticket_session_keys[0].etype, 17);
}

#[test]
fn a_secret_is_described_without_itself() {
    let SecretsFile { secrets, .. } = read(EVERYTHING);
    let mut descriptions = Vec::new();
    descriptions.extend(secrets.passwords.iter().map(|it| it.description()));
    descriptions.extend(secrets.nt_hashes.iter().map(|it| it.description()));
    descriptions.extend(secrets.session_keys.iter().map(|it| it.target.description()));
    descriptions.extend(secrets.signing_keys.iter().map(|it| it.target.description()));
    descriptions.extend(secrets.service_keys.iter().map(|it| it.description()));
    descriptions.extend(secrets.kerberos_passwords.iter().map(|it| it.description()));
    descriptions.extend(secrets.ticket_session_keys.iter().map(|it| it.description()));
    assert_eq!(
        descriptions,
        [
            "password",
            "password of LAB\\alice",
            "NT hash of alice",
            "of session 0x0000000000000001",
            "of a session at 10.0.0.5:445",
            "of session smb1-3",
            "key of cifs/fs1.lab.test@LAB.TEST, version 3",
            "key of a service",
            "password of alice@LAB.TEST",
            "session key of a ticket, encryption type 17",
        ]
    );
}

#[test]
fn a_file_without_entries_has_no_secrets() {
    for text in ["", "\n\n", "# nothing\r\n", "\u{feff}# nothing\n"] {
        let SecretsFile { secrets, keytabs } = read(text);
        assert!(secrets.is_empty() && keytabs.is_empty());
    }
}

/// What is wrong, the line, and the start of the sentence. No file says `hunter2` in its sentence.
const WRONG: &[(&str, usize, &str)] = &[
    (
        "[[password]]\npassword = hunter2",
        2,
        "password is not a text in quotation marks; a backslash",
    ),
    (
        "[[password]]\npassword = \"hunter2",
        2,
        "password is not a text in quotation marks; a backslash",
    ),
    (
        "[[password]]\npassword = \"hunter2\\q\"",
        2,
        "password is not a text in quotation marks; a backslash",
    ),
    ("[[password]]\npassword = \"hunter2\" hunter2", 2, "not TOML: unexpected key or value"),
    ("[[password]]\nhunter2", 2, "not TOML: key with no value"),
    ("[[password]]\nuser = \"hunter2\"\nuser = \"hunter2\"", 3, "a second user in [[password]]"),
    ("[[password]]\npassword = 7", 2, "password is not a text in quotation marks"),
    (
        "[[password]]\nuser = [\"hunter2\"]\npassword = \"\"",
        2,
        "user is not a text in quotation marks",
    ),
    ("\n[[password]]\nuser = \"alice\"\n", 2, "[[password]] without password"),
    (
        "[[password]]\npasswort = \"hunter2\"",
        2,
        "a key that [[password]] does not have; it has user, domain, password",
    ),
    (
        "[[hunter2]]\npassword = \"hunter2\"",
        1,
        "an entry with another name than password, nt_hash,",
    ),
    ("hunter2 = \"hunter2\"", 1, "an entry with another name than password, nt_hash,"),
    (
        "[password]\npassword = \"hunter2\"",
        1,
        "an entry is written with two brackets, as [[password]]",
    ),
    ("password = \"hunter2\"", 1, "an entry is written with two brackets, as [[password]]"),
    ("password = [\"hunter2\"]", 1, "an entry is written with two brackets, as [[password]]"),
    (
        "[password]\npassword = \"hunter2\"\n[[password]]",
        1,
        "an entry is written with two brackets, as [[password]]",
    ),
    (
        "[[password]]\npassword = \"hunter2\"\n[password]",
        3,
        "an entry is written with two brackets, as [[password]]",
    ),
    ("[[nt_hash]]\nhash = \"hunter2\"", 2, "hash is not hexadecimal digits in pairs"),
    ("[[nt_hash]]\nhash = \"\"", 2, "hash is not hexadecimal digits in pairs"),
    ("[[nt_hash]]\nhash = \"8846\"", 2, "hash has 2 bytes instead of 16"),
    ("[[keytab]]\npath = \"\"", 1, "[[keytab]] without path"),
    ("[[session_key]]\nsession_id = 1\nkey = \"00\"", 2, "session_id is not 0x and"),
    ("[[session_key]]\nsession_id = \"hunter2\"\nkey = \"00\"", 2, "session_id is not 0x and"),
    (
        "[[session_key]]\nserver = \"10.0.0.5\"\nkey = \"00\"",
        2,
        "server is not an address and a port",
    ),
    ("[[session_key]]\nsession_id = \"0x1\"", 1, "[[session_key]] without key"),
    ("[[service_key]]\nkey = \"00\"", 1, "[[service_key]] without etype"),
    ("[[service_key]]\netype = 18\nkey = \"00\"", 3, "key has 1 bytes instead of 32"),
    ("[[service_key]]\netype = 5000000000\nkey = \"00\"", 2, "etype is not the number of an"),
    ("[[service_key]]\netype = 18\nkvno = -1\nkey = \"00\"", 3, "kvno is not a number of 32 bits"),
    ("[[service_key]]\netype = 18\nkvno = 99999999999999999999\nkey = \"00\"", 3, "kvno is not a"),
    (
        "[[kerberos_password]]\nrealm = \"LAB\"\npassword = \"hunter2\"",
        1,
        "[[kerberos_password]] without principal",
    ),
];

#[test]
fn what_is_wrong_is_said_with_its_line_and_without_a_secret() {
    for (text, line, sentence) in WRONG {
        let error = error(text);
        let said = error.to_string();
        println!("{said}");
        assert!(said.starts_with(&format!("line {line}: {sentence}")), "{text}: {said}");
        for said in [said, format!("{error:?}")] {
            assert!(!said.contains("hunter") && !said.contains("8846"), "{said}");
        }
    }
}

#[test]
fn a_cut_file_is_read_or_says_where_it_ends() {
    let n_lines = EVERYTHING.lines().count();
    for (len, _) in EVERYTHING.char_indices() {
        if let Err(error) = parse(&EVERYTHING[..len]) {
            assert!((1..=n_lines + 1).contains(&error.line), "the first {len} bytes: {error}");
            assert!(!error.to_string().contains("hunter"));
        }
    }
}
