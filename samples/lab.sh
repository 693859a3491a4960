# The hosts of the samples and the steps that their recordings share.
# shellcheck shell=bash
#
# make.sh sources this file and sets STATE, a folder of its own in memory, and
# FOLDER, where the captures go.

# The network: one cable between two hosts.
readonly CLIENT_ADDRESS=10.77.0.1 SERVER_ADDRESS=10.77.0.2
readonly CLIENT_ADDRESS6=fd00:77::1 SERVER_ADDRESS6=fd00:77::2

# The credentials, made up for these captures.
readonly ALICE_PASSWORD=Harbour-Lantern-41
readonly BOB_PASSWORD=Copper-Violin-77
readonly SERVICE_PASSWORD=Granite-Ferry-63
readonly REALM=LAB.TEST

# The process of the running server and of the recording that is under way.
SMBD=
TCPDUMP=

# Samba wants a Unix account for each of its users. The files of the machine are
# covered for the processes of this script only.
make_accounts() {
  hostname fs1
  {
    echo "root:x:0:0:root:/root:/bin/sh"
    echo "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin"
    echo "alice:x:2001:2001::/nonexistent:/usr/sbin/nologin"
    echo "bob:x:2002:2002::/nonexistent:/usr/sbin/nologin"
  } >"$STATE/passwd"
  printf '%s\n' root:x:0: nogroup:x:65534: alice:x:2001: bob:x:2002: >"$STATE/group"
  printf '%s\n' "127.0.0.1 localhost" "$SERVER_ADDRESS fs1.lab.test fs1" \
    "$CLIENT_ADDRESS ws1.lab.test ws1" >"$STATE/hosts"
  local file
  for file in passwd group hosts; do
    mount --bind "$STATE/$file" "/etc/$file"
  done
}

make_network() {
  ip netns add client
  ip netns add server
  ip link add cable0 address 02:00:0a:4d:00:01 netns client type veth \
    peer name cable0 address 02:00:0a:4d:00:02 netns server
  local host address address6
  for host in client server; do
    if [[ $host == client ]]; then
      address=$CLIENT_ADDRESS address6=$CLIENT_ADDRESS6
    else
      address=$SERVER_ADDRESS address6=$SERVER_ADDRESS6
    fi
    # Without router solicitations and duplicate detection the cable is silent
    # until the client speaks.
    ip netns exec "$host" sh -c 'cd /proc/sys/net/ipv6/conf/cable0 &&
      echo 0 >accept_dad && echo 0 >router_solicitations && echo 1 >addr_gen_mode'
    ip -n "$host" link set lo up
    ip -n "$host" link set cable0 up
    ip -n "$host" address add "$address/24" dev cable0
    ip -n "$host" address add "$address6/64" dev cable0 nodad
  done
}

make_files() {
  mkdir -p "$STATE"/{data,vault,samba,work}
  chmod 777 "$STATE/data" "$STATE/vault"
  printf 'Tides at the old pier: 04:10 high, 10:25 low.\n' >"$STATE/data/tides.txt"
  printf 'The spare key hangs behind the blue door.\n' >"$STATE/vault/keys.txt"
  printf 'Two crates arrived, one is missing.\n' >"$STATE/work/delivery.txt"
  chmod 644 "$STATE/data/tides.txt" "$STATE/vault/keys.txt"
  cat >"$STATE/client.conf" <<END
[global]
  workgroup = LAB
  netbios name = WS1
  realm = $REALM
  private dir = $STATE/samba
  lock directory = $STATE/samba
  client min protocol = SMB2_02
  client max protocol = SMB3_11
  client use kerberos = off
  create krb5 conf = no
  client signing = if_required
  client ipc signing = if_required
END
  write_server_conf
  local user password
  for user in alice bob; do
    password=$ALICE_PASSWORD
    [[ $user == bob ]] && password=$BOB_PASSWORD
    printf '%s\n%s\n' "$password" "$password" |
      ip netns exec server pdbedit --configfile="$STATE/server.conf" --create \
        --password-from-stdin --user="$user" >/dev/null
  done
}

# A Kerberos realm of its own with the key distribution centre on the server.
# A server that is in no domain refuses tickets with a privilege certificate (PAC).
make_realm() {
  export KRB5_CONFIG=$STATE/krb5.conf KRB5_KDC_PROFILE=$STATE/kdc.conf KRB5CCNAME=FILE:$STATE/tickets
  cat >"$KRB5_CONFIG" <<END
[libdefaults]
  default_realm = $REALM
  dns_lookup_kdc = false
  dns_lookup_realm = false
  dns_canonicalize_hostname = false
  rdns = false
[realms]
  $REALM = {
    kdc = $SERVER_ADDRESS
  }
[domain_realm]
  .lab.test = $REALM
END
  cat >"$KRB5_KDC_PROFILE" <<END
[kdcdefaults]
  kdc_listen = $SERVER_ADDRESS:88
  kdc_tcp_listen = $SERVER_ADDRESS:88
[realms]
  $REALM = {
    database_name = $STATE/principal
    key_stash_file = $STATE/stash
    supported_enctypes = aes256-cts-hmac-sha1-96:normal
    disable_pac = true
  }
END
  kdb5_util create -s -P master-of-these-samples >/dev/null
  kadmin.local addprinc -pw "$ALICE_PASSWORD" "alice@$REALM" >/dev/null 2>&1
  kadmin.local addprinc -pw "$SERVICE_PASSWORD" "cifs/fs1.lab.test@$REALM" >/dev/null 2>&1
  kadmin.local ktadd -norandkey -k "$STATE/fs1.keytab" "cifs/fs1.lab.test@$REALM" >/dev/null
}

# ---------------------------------------------------------------------------
# Steps of a sample

# Writes the server's configuration; each argument is a further line of [global].
write_server_conf() {
  {
    cat <<END
[global]
  workgroup = LAB
  netbios name = FS1
  server string = file server of the samples
  passdb backend = tdbsam:$STATE/samba/passdb.tdb
  private dir = $STATE/samba
  lock directory = $STATE/samba
  state directory = $STATE/samba
  cache directory = $STATE/samba
  pid directory = $STATE/samba
  ncalrpc dir = $STATE/samba/ncalrpc
  log file = $STATE/samba/log
  smb ports = 445
  server min protocol = SMB2_02
  server signing = auto
  load printers = no
  disable spoolss = yes
  kerberos method = dedicated keytab
  dedicated keytab file = $STATE/fs1.keytab
END
    ((!$#)) || printf '  %s\n' "$@"
    printf '[data]\n  path = %s\n  read only = no\n  guest ok = yes\n' "$STATE/data"
    printf '[vault]\n  path = %s\n  server smb encrypt = required\n' "$STATE/vault"
  } >"$STATE/server.conf"
}

# Starts the server anew; each argument is a further line of [global].
server() {
  stop_server
  write_server_conf "$@"
  ip netns exec server smbd --foreground \
    --configfile="$STATE/server.conf" >"$STATE/smbd.out" 2>&1 &
  SMBD=$!
  local _
  for _ in {1..100}; do
    if ip netns exec server ss --no-header --listening --tcp --numeric | grep -q .; then
      return
    fi
    sleep 0.1
  done
  echo "smbd does not listen; it said:" >&2
  cat "$STATE/smbd.out" "$STATE/samba/log" >&2
  exit 1
}

stop_server() {
  [[ -n $SMBD ]] || return 0
  kill "$SMBD" 2>/dev/null || true
  wait "$SMBD" 2>/dev/null || true
  SMBD=
}

# Starts recording on the client's end of the cable; further arguments go to tcpdump.
record() {
  RECORDING=$STATE/recording.pcap
  rm -f "$RECORDING"
  : >"$STATE/tcpdump.out"
  local where=(-i cable0)
  [[ " $* " == *" -i "* ]] && where=()
  ip netns exec client tcpdump "${where[@]}" -Z root -U --immediate-mode \
    -w "$RECORDING" "$@" 2>"$STATE/tcpdump.out" &
  TCPDUMP=$!
  local _
  for _ in {1..100}; do
    grep -q 'listening on' "$STATE/tcpdump.out" && return
    sleep 0.1
  done
  cat "$STATE/tcpdump.out" >&2
  exit 1
}

# Ends the recording and writes it as FILE, in the format that its name says.
# A second argument is the first packet to keep.
save() {
  # The closing segments are still under way when the client has ended.
  sleep 0.5
  kill -INT "$TCPDUMP"
  wait "$TCPDUMP" || true
  SAMPLE=$FOLDER/$1
  local format=pcap keep=${2:-1}
  [[ $1 == *.pcapng ]] && format=pcapng
  if [[ $format == pcap && $keep == 1 ]]; then
    cp "$RECORDING" "$SAMPLE"
  else
    editcap -F "$format" -r "$RECORDING" "$SAMPLE" "$keep-0"
  fi
  chmod 644 "$SAMPLE"
  echo "$1: $(stat -c %s "$SAMPLE") bytes"
}

# A short visit to a share as a user: list, read a file, write a file.
# Arguments: share, user and password as smbclient takes them, further options.
visit() {
  local share=$1 user=$2
  shift 2
  client smbclient "//fs1/$share" --user="$user" \
    --command="ls; get tides.txt $STATE/work/tides.txt; put $STATE/work/delivery.txt delivery.txt" "$@"
  rm -f "$STATE"/data/delivery.txt
}

# Runs a Samba tool on the client.
client() {
  local tool=$1
  shift
  ip netns exec client "$tool" "$@" --configfile="$STATE/client.conf" >"$STATE/client.out" 2>&1 || {
    echo "$tool failed:" >&2
    cat "$STATE/client.out" >&2
    exit 1
  }
}

# The numbers of the packets that a display filter selects.
# Arguments: capture, filter, further options of tshark.
packets() {
  tshark -n -r "$1" -Y "$2" -T fields -e frame.number "${@:3}" 2>/dev/null
}

# The sample has packets that each of the display filters selects.
shows() {
  local filter
  for filter in "$@"; do
    if [[ -z $(packets "$SAMPLE" "$filter") ]]; then
      echo "$SAMPLE: nothing matches: $filter" >&2
      exit 1
    fi
  done
}

# The sample has no packet that one of the display filters selects.
lacks() {
  local filter
  for filter in "$@"; do
    if [[ -n $(packets "$SAMPLE" "$filter") ]]; then
      echo "$SAMPLE: should not match: $filter" >&2
      exit 1
    fi
  done
}
