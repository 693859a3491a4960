#!/usr/bin/env bash
# Makes the sample captures of this folder against a real Samba server.
#
#   sudo samples/make.sh [FOLDER]      writes the captures to FOLDER, by default this one
#
# Everything happens in namespaces of its own (network, mounts, processes, host
# name) that end with the script: no address, account, service or file of the
# machine is changed. Each capture is checked with tshark for what it is there
# to show, and the script fails where one does not show it.
#
# Session identifiers, challenges, keys and times differ from run to run, so the
# golden reports are made anew after the captures.
set -euo pipefail

HERE=$(cd "$(dirname "$0")" && pwd)
readonly HERE
readonly PACKAGES="samba smbclient tcpdump tshark iproute2 krb5-kdc krb5-admin-server krb5-user python3-venv"
readonly VENV=$HERE/../.tools/samples-venv

# shellcheck source=lab.sh
source "$HERE/lab.sh"

# Messages after the setup (NEGOTIATE, SESSION_SETUP, TREE_CONNECT and
# FSCTL_VALIDATE_NEGOTIATE_INFO belong to it) that a final answer or a request is.
AFTER_SETUP='(smb2.cmd == 2 || smb2.cmd > 3)'
AFTER_SETUP+=' && !(smb2.ioctl.function == 0x00140204) && !(smb2.nt_status == 0x103)'
readonly AFTER_SETUP
readonly TREE_CONNECT='smb2.cmd == 3'
readonly UNSIGNED_AFTER_SETUP="smb2.flags.signature == 0 && $AFTER_SETUP"
readonly SIGNED_AFTER_SETUP="smb2.flags.signature == 1 && $AFTER_SETUP"
readonly SERVER_REQUIRES='smb2.cmd == 0 && smb2.flags.response == 1 && smb2.sec_mode.sign_required == 1'
readonly CLIENT_REQUIRES='smb2.cmd <= 1 && smb2.flags.response == 0 && smb2.sec_mode.sign_required == 1'

main() {
  if [[ ${1:-} == --inside ]]; then
    inside "$2" "$3"
    return
  fi
  check_tools
  make_venv
  local folder state
  folder=$(realpath -m "${1:-$HERE}")
  mkdir -p "$folder"
  state=$(mktemp -d --tmpdir samples.XXXXXX)
  # shellcheck disable=SC2064 # The name must be the one of now: it is local.
  trap "rmdir '$state'" EXIT
  # The script is process 1 of its namespace: when it ends, every server that it
  # started ends with it, and the mounts and networks go as well.
  unshare --mount --net --pid --uts --fork --kill-child --mount-proc \
    -- "$HERE/make.sh" --inside "$state" "$folder"
}

check_tools() {
  local tool missing=()
  for tool in smbd pdbedit smbclient rpcclient tcpdump tshark editcap ip ss \
    krb5kdc kadmin.local kinit python3; do
    PATH=$PATH:/usr/sbin:/sbin command -v "$tool" >/dev/null || missing+=("$tool")
  done
  if ((${#missing[@]})); then
    echo "Missing: ${missing[*]}. Install them with: apt-get install --no-install-recommends $PACKAGES" >&2
    exit 2
  fi
  if ((EUID != 0)); then
    echo "Namespaces need root: run this with sudo." >&2
    exit 2
  fi
}

# smbclient opens one session on a connection; the sample with two is made with
# the Python package smbprotocol.
make_venv() {
  if [[ ! -x $VENV/bin/python ]]; then
    python3 -m venv "$VENV"
  fi
  "$VENV/bin/python" -c 'import smbprotocol' 2>/dev/null ||
    "$VENV/bin/pip" install --quiet smbprotocol==1.17.0
}

# Runs in the namespaces; arguments: a folder for passing state, the folder to write to.
inside() {
  # Process 1 of a namespace hears only the signals that it asks for.
  trap 'exit 130' INT TERM
  STATE=$1
  FOLDER=$2
  export PATH=$PATH:/usr/sbin:/sbin
  # Nothing that a tool prints or writes may depend on the machine's settings.
  export LC_ALL=C.UTF-8 TZ=UTC HOME=$STATE
  mount --make-rprivate /
  mount -t tmpfs tmpfs "$STATE"
  mount -t tmpfs tmpfs /run
  chmod 755 "$STATE"
  make_accounts
  make_network
  make_files
  make_realm
  make_samples
  echo "All captures are made: $(du -cb "$FOLDER"/*.pcap "$FOLDER"/*.pcapng | tail -n 1 | cut -f 1) bytes."
}

# ---------------------------------------------------------------------------
# The samples

dialect() {
  echo "smb2.cmd == 0 && smb2.flags.response == 1 && smb2.dialect == $1"
}

make_samples() {
  sample_311_policies
  sample_older_dialects
  sample_encrypted
  sample_without_account
  sample_smb1
  sample_kerberos
  sample_two_sessions
  sample_partial
  sample_refused
  stop_server
}

sample_311_policies() {
  server 'server signing = mandatory'
  record
  visit data "alice%$ALICE_PASSWORD"
  save 311-server-requires.pcapng
  shows "$(dialect 0x311)" "$SERVER_REQUIRES" "$SIGNED_AFTER_SETUP"
  lacks "$CLIENT_REQUIRES" "$UNSIGNED_AFTER_SETUP"

  server
  record
  visit data "alice%$ALICE_PASSWORD" --option='client signing=required'
  save 311-client-requires.pcapng
  shows "$(dialect 0x311)" "$CLIENT_REQUIRES" "$SIGNED_AFTER_SETUP"
  lacks "$SERVER_REQUIRES" "$UNSIGNED_AFTER_SETUP"

  record
  visit data "alice%$ALICE_PASSWORD"
  save 311-nobody-requires.pcapng
  shows "$(dialect 0x311)" "$UNSIGNED_AFTER_SETUP"
  lacks "$SERVER_REQUIRES" "$CLIENT_REQUIRES" "$SIGNED_AFTER_SETUP"

  # A client that still speaks SMB1 asks for SMB2 in an SMB1 message first.
  # Here it also comes over IPv6 to a port that is not SMB's.
  server 'server signing = mandatory' 'smb ports = 4455'
  record
  visit data "alice%$ALICE_PASSWORD" --ip-address="$SERVER_ADDRESS6" --port=4455 \
    --option='client min protocol=NT1'
  save 311-ipv6-other-port.pcapng
  [[ -n $(packets "$SAMPLE" 'smb && ipv6' -d tcp.port==4455,nbss) ]]
}

sample_older_dialects() {
  server
  record
  visit data "alice%$ALICE_PASSWORD" --option='client max protocol=SMB2_10'
  save 21-unsigned.pcap
  shows "$(dialect 0x210)" "$UNSIGNED_AFTER_SETUP"
  lacks "$SERVER_REQUIRES" "$CLIENT_REQUIRES" "$SIGNED_AFTER_SETUP"
}

sample_encrypted() {
  server
  record
  visit data "alice%$ALICE_PASSWORD" --option='client max protocol=SMB3_00' \
    --option='client smb encrypt=required'
  save 30-encrypted.pcap
  shows "$(dialect 0x300)" smb2.header.transform.nonce
  lacks "$AFTER_SETUP" "$TREE_CONNECT"

  server 'server smb encrypt = required'
  record
  visit data "alice%$ALICE_PASSWORD"
  save 311-encrypted.pcapng
  shows "$(dialect 0x311)" smb2.header.transform.nonce smb2.ses_flags.encrypt==1
  lacks "$AFTER_SETUP" "$TREE_CONNECT"

  # One share of the server demands encryption, the other does not.
  server
  record
  client smbclient //fs1/vault --user="alice%$ALICE_PASSWORD" --command='ls; get keys.txt /dev/null'
  save 311-encrypted-share.pcapng
  shows "$(dialect 0x311)" smb2.header.transform.nonce smb2.share_flags.encrypt_data==1 \
    "$UNSIGNED_AFTER_SETUP"
}

sample_without_account() {
  # A name that the server does not know becomes its guest.
  server 'map to guest = bad user'
  record
  visit data 'visitor%no-such-account'
  save guest.pcap
  shows "$(dialect 0x311)" smb2.ses_flags.guest==1 "$UNSIGNED_AFTER_SETUP"
  lacks smb2.flags.signature==1

  # Without a name the client may still ask which shares there are.
  record -i any
  client rpcclient "$SERVER_ADDRESS" --user=% --command=netshareenumall
  save anonymous.pcap
  shows "$(dialect 0x311)" sll "$UNSIGNED_AFTER_SETUP" \
    'ntlmssp.messagetype == 3 && ntlmssp.auth.username == "NULL"'
  lacks smb2.flags.signature==1
}

sample_smb1() {
  local smb1=(--option='client min protocol=NT1' --option='client max protocol=NT1')
  server 'server min protocol = NT1' 'server signing = mandatory'
  record --time-stamp-precision=nano
  visit data "alice%$ALICE_PASSWORD" "${smb1[@]}"
  save smb1-signed.pcap
  shows 'smb.sm.sig_required == 1' 'smb.cmd == 0xa2 && smb.signature != 00:00:00:00:00:00:00:00'
  lacks smb2 'smb.cmd == 0xa2 && smb.signature == 00:00:00:00:00:00:00:00'

  # Over port 139 a NetBIOS session comes before the first message.
  server 'server min protocol = NT1' 'server signing = disabled' 'smb ports = 139'
  record
  visit data "alice%$ALICE_PASSWORD" "${smb1[@]}" --port=139
  save smb1-unsigned.pcapng
  shows 'smb.sm.signatures == 0' nbss.type==0x81 'smb.cmd == 0xa2'
  lacks smb2 'smb.cmd == 0xa2 && smb.signature != 00:00:00:00:00:00:00:00'
}

sample_kerberos() {
  echo "$ALICE_PASSWORD" >"$STATE/password"
  ip netns exec server krb5kdc -n >"$STATE/kdc.out" 2>&1 &
  local kdc=$! _
  for _ in {1..100}; do
    ip netns exec client kinit "alice@$REALM" <"$STATE/password" >"$STATE/kinit.out" 2>&1 && break
    sleep 0.1
  done
  [[ -s $STATE/tickets ]] || { cat "$STATE/kdc.out" "$STATE/kinit.out" >&2; exit 1; }
  server 'server signing = mandatory' "realm = $REALM"
  record
  client smbclient //fs1.lab.test/data --use-kerberos=required --use-krb5-ccache="$KRB5CCNAME" \
    --command="ls; get tides.txt /dev/null"
  save kerberos.pcapng
  shows "$(dialect 0x311)" "$SIGNED_AFTER_SETUP" \
    kerberos.msg_type==13 'smb2.cmd == 1 && kerberos.msg_type == 14'
  lacks ntlmssp.messagetype "$UNSIGNED_AFTER_SETUP"
  cp "$STATE/fs1.keytab" "$FOLDER"
  chmod 644 "$FOLDER/fs1.keytab"
  kill "$kdc"
  wait "$kdc" || true
}

sample_two_sessions() {
  server 'server signing = mandatory'
  record
  ip netns exec client "$VENV/bin/python" "$HERE/two_sessions.py" "$SERVER_ADDRESS" \
    "alice:$ALICE_PASSWORD" "bob:$BOB_PASSWORD"
  save two-sessions-one-connection.pcapng
  shows "$(dialect 0x311)" smb2.header.transform.nonce "$SIGNED_AFTER_SETUP"
  lacks tcp.stream==1 "$UNSIGNED_AFTER_SETUP"
}

sample_partial() {
  server 'server signing = mandatory'
  record
  visit data "alice%$ALICE_PASSWORD"
  # The last answer to TREE_CONNECT is the last packet that is left out.
  local setup
  setup=$(packets "$RECORDING" "$TREE_CONNECT && smb2.flags.response == 1" | tail -n 1)
  save started-in-the-middle.pcap $((setup + 1))
  shows "$SIGNED_AFTER_SETUP"
  lacks 'smb2.cmd <= 1' "$TREE_CONNECT" tcp.flags.syn==1 "$UNSIGNED_AFTER_SETUP"

  # 168 bytes hold every SMB2 header that comes alone in its segment, and little more.
  record --snapshot-length=168
  visit data "alice%$ALICE_PASSWORD"
  save cut-packets.pcap
  shows 'frame.cap_len < frame.len' "$SIGNED_AFTER_SETUP"
  lacks "$UNSIGNED_AFTER_SETUP"
}

sample_refused() {
  server
  record
  ip netns exec client smbclient //fs1/data --user='alice%not-her-password' \
    --configfile="$STATE/client.conf" --command=ls >/dev/null 2>&1 || true
  save failed-logon.pcap
  shows 'smb2.cmd == 1 && smb2.nt_status == 0xc000006d'
  lacks 'smb2.cmd == 1 && smb2.flags.response == 1 && smb2.nt_status == 0' "$AFTER_SETUP"
}

main "$@"
