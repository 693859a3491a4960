//! What to do about findings: the settings by their exact names, a few sentences for each.

/// A remedy: sentences, each of which stands alone.
pub type Remedy = &'static [&'static str];

/// Signing required on both sides.
pub(super) const SIGN: Remedy = &[
    "Require signing on servers: policy \"Microsoft network server: Digitally sign communications (always)\", or Set-SmbServerConfiguration -RequireSecuritySignature $true (registry: LanmanServer\\Parameters RequireSecuritySignature = 1); Samba: server signing = mandatory; ONTAP: vserver cifs security modify -is-signing-required true.",
    "Require it on clients too, which protects users against false servers: policy \"Microsoft network client: Digitally sign communications (always)\", or Set-SmbClientConfiguration -RequireSecuritySignature $true (registry: LanmanWorkstation\\Parameters RequireSecuritySignature = 1); Samba: client signing = required.",
    "Look first who cannot sign: Set-SmbServerConfiguration -AuditClientDoesNotSupportSigning $true and Set-SmbClientConfiguration -AuditServerDoesNotSupportSigning $true (events 3021, 3022, 31998, 31999).",
];

/// Fewer ways to make a server authenticate to somebody.
pub(super) const COERCION: Remedy = &[
    "Turn off services that nobody needs, on domain controllers first: Print Spooler (Stop-Service Spooler; Set-Service Spooler -StartupType Disabled), File Server VSS Agent, DFS Namespace; where the spooler must run, policy \"Allow Print Spooler to accept client connections\" = Disabled.",
    "Let nobody from outside of administration call them: RPC filters (netsh rpc filter) for the interfaces of the evidence, and a firewall that lets servers connect to ports 445 and 80 of known hosts only.",
];

/// What to do while it is not clear who changed what.
pub(super) const INVESTIGATE: Remedy = &[
    "Look at the packets of the evidence, and capture at both ends at once: what differs was changed on the way.",
];

/// Hosts and accounts to look at after a relay.
pub(super) const RESPOND: Remedy = &[
    "Find out what the host in the middle is, take it off the network if nobody can say, and go through what the account did on the server that accepted it.",
];

/// Less NTLM.
pub(super) const NTLM: Remedy = &[
    "Let hosts send and accept NTLMv2 only: policy \"Network security: LAN Manager authentication level\" = Send NTLMv2 response only. Refuse LM & NTLM (registry: Lsa LmCompatibilityLevel = 5); Samba: ntlm auth = ntlmv2-only.",
    "Audit NTLM, then restrict it (policies \"Network security: Restrict NTLM: …\"); use names that Kerberos knows instead of IP addresses.",
];

/// Authentication bound to its channel, beyond SMB.
pub(super) const CHANNEL_BINDING: Remedy = &[
    "Where the same accounts reach LDAP or HTTP: require LDAP signing and channel binding, and Extended Protection for Authentication on web servers and AD CS.",
];

/// What was patched.
pub(super) const PATCH: Remedy = &[
    "Install the updates of June 2025 or later (CVE-2025-33073); requiring signing stops it as well.",
];

/// Who may name hosts in DNS.
pub(super) const DNS: Remedy = &[
    "Restrict who may register names in DNS zones of Active Directory, and look who registered this one.",
];

/// Name services that anybody answers.
pub(super) const NAMES: Remedy = &[
    "Turn off multicast name resolution (policy \"Turn off multicast name resolution\"), NetBIOS over TCP/IP, and mDNS where nothing needs it; register wpad in DNS or block it, and guard against foreign DHCPv6 servers.",
];

/// Software that is old.
pub(super) const UPDATE: Remedy =
    &["Bring the software of both sides up to date, so that they agree on SMB 3.1.1."];

/// Paths that are always protected.
pub(super) const HARDENED_PATHS: Remedy = &[
    "Keep Hardened UNC Paths for \\\\*\\SYSVOL and \\\\*\\NETLOGON (RequireMutualAuthentication=1, RequireIntegrity=1), and add the roots of DFS.",
];

/// Kerberos services and their names.
pub(super) const SPN: Remedy = &[
    "Look for duplicate and alias service principal names (setspn -X), and turn off unconstrained delegation.",
];

/// Kerberos keys.
pub(super) const KERBEROS_KEYS: Remedy = &[
    "Let service accounts use AES only (msDS-SupportedEncryptionTypes), change their passwords so that AES keys exist, and use group managed service accounts.",
];

/// Guests and nobody.
pub(super) const GUEST: Remedy = &[
    "Turn off guest logons: policy \"Enable insecure guest logons\" = Disabled (registry: AllowInsecureGuestAuth = 0); Samba: map to guest = Never, restrict anonymous = 2.",
];

/// Guessed passwords.
pub(super) const LOCKOUT: Remedy = &[
    "Lock accounts out after a few failures, ask for a second factor, and use the SMB authentication rate limiter of Windows 11 24H2 and Server 2025 (2 s after each failure).",
    "Ask what runs on the client, and look whether one of the accounts got in.",
];

/// Administrators.
pub(super) const ADMIN: Remedy = &[
    "Administer from hosts of the same tier, with local passwords that differ on every host (LAPS), and never over unsigned SMB.",
];

/// Exceptions that do not hold, or hold too much.
pub(super) const EXCEPTIONS: Remedy = &[
    "Ask the owner of the exception: renew it with a new last day where its reason still holds, and take it out of the file where it does not.",
    "Name the hosts that are meant, by address and by role, and give every exception a last day on which somebody looks at it again.",
];

/// SMB1.
pub(super) const SMB1: Remedy = &[
    "Remove SMB1: Disable-WindowsOptionalFeature -Online -FeatureName SMB1Protocol, Set-SmbServerConfiguration -EnableSMB1Protocol $false; Samba: server min protocol = SMB2_02 or higher. What cannot do without it is replaced, or cut off from the rest.",
];

/// Encryption.
pub(super) const ENCRYPT: Remedy = &[
    "Encrypt shares that need it: Set-SmbShare -EncryptData $true, or for the server Set-SmbServerConfiguration -EncryptData $true -RejectUnencryptedAccess $true; Samba: server smb encrypt = required.",
];

/// Passwords in the clear.
pub(super) const PLAIN_PASSWORDS: Remedy = &[
    "Never send passwords in the clear: policy \"Microsoft network client: Send unencrypted password to third-party SMB servers\" = Disabled (registry: EnablePlainTextPassword = 0), Samba: encrypt passwords = yes; change the passwords that were sent.",
];
